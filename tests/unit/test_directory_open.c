// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Which links are followed. Whose they are is put between the adapter and libc by the linker (see
// --wrap in unit.inc), for only root could make them so.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/directory_open.h"

#define ROOT     0
#define OURSELF  100
#define SOMEBODY 1000
#define OTHER    1001

static struct {
    uid_t first;  // who made the link that is asked for
    uid_t second; // who made the one that it leads to
    uid_t owner;  // whose the file is
    mode_t mode;
} world;

static int fd_of_directory;
static char directory[] = "/tmp/imaged-open-XXXXXX";

uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void)
{
    return OURSELF;
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    int result = __real_fstat(fd, status);
    if (result != 0)
        return result;
    bool leads_to_link = S_ISLNK(status->st_mode) && status->st_size == (off_t)strlen("second");
    status->st_uid = leads_to_link              ? world.first
                     : S_ISLNK(status->st_mode) ? world.second
                                                : world.owner;
    if (S_ISREG(status->st_mode))
        status->st_mode = S_IFREG | world.mode;
    return result;
}

static int make_directory(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    fd_of_directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd_of_directory >= 0);
    int file = openat(fd_of_directory, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(file, "read", 4), 4);
    close(file);
    assert_int_equal(mkdirat(fd_of_directory, "sub", 0700), 0);
    assert_int_equal(symlinkat("second", fd_of_directory, "first"), 0);
    assert_int_equal(symlinkat("file", fd_of_directory, "second"), 0);
    assert_int_equal(symlinkat("../file", fd_of_directory, "sub/up"), 0);
    assert_int_equal(symlinkat("sub/up", fd_of_directory, "down"), 0);
    assert_int_equal(symlinkat("loop", fd_of_directory, "loop"), 0);
    assert_int_equal(symlinkat("nothing", fd_of_directory, "dangling"), 0);
    char path[64];
    snprintf(path, sizeof(path), "%s/file", directory);
    assert_int_equal(symlinkat(path, fd_of_directory, "sub/absolute"), 0);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = {
        "file", "first", "second", "sub/up", "sub/absolute", "down", "loop", "dangling"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlinkat(fd_of_directory, names[i], 0);
    unlinkat(fd_of_directory, "sub", AT_REMOVEDIR);
    close(fd_of_directory);
    return rmdir(directory);
}

static bool opens(const char *name, struct directory_withheld *withheld)
{
    char bytes[8] = "";
    int fd = directory_open(fd_of_directory, name, withheld);
    if (fd < 0)
        return false;
    bool read_whole = read(fd, bytes, sizeof(bytes)) == 4 && memcmp(bytes, "read", 4) == 0;
    close(fd);
    return read_whole;
}

static const struct {
    const char *name;
    uid_t first;
    uid_t second;
    uid_t owner;
    mode_t mode;
    bool is_read;
} cases[] = {
    // A file is read whosever it is.
    {"file", OTHER, OTHER, SOMEBODY, 0600, true},
    {"file", OTHER, OTHER, ROOT, 0600, true},
    // A link: what its maker could read as well.
    {"second", OTHER, SOMEBODY, SOMEBODY, 0600, true},
    {"second", OTHER, SOMEBODY, ROOT, 0644, true},
    {"second", OTHER, SOMEBODY, ROOT, 0600, false},
    {"second", OTHER, SOMEBODY, ROOT, 0640, false},
    {"second", OTHER, SOMEBODY, OURSELF, 0600, false},
    {"second", OTHER, ROOT, SOMEBODY, 0600, true},
    {"second", OTHER, ROOT, OURSELF, 0400, true},
    {"second", OTHER, OURSELF, ROOT, 0640, true},
    // Of two links, both makers.
    {"first", SOMEBODY, SOMEBODY, SOMEBODY, 0600, true},
    {"first", ROOT, SOMEBODY, SOMEBODY, 0600, true},
    {"first", ROOT, SOMEBODY, OURSELF, 0600, false},
    {"first", SOMEBODY, ROOT, OURSELF, 0600, false},
    {"first", SOMEBODY, OTHER, ROOT, 0644, true},
};

static void test_links_show_nothing_that_their_maker_could_not_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world.first = cases[i].first;
        world.second = cases[i].second;
        world.owner = cases[i].owner;
        world.mode = cases[i].mode;
        struct directory_withheld withheld;
        errno = 0;
        if (opens(cases[i].name, &withheld) != cases[i].is_read)
            fail_msg(
                "case %zu: %s is %s", i, cases[i].name, cases[i].is_read ? "not read" : "read");
        assert_int_equal(withheld.is_so, !cases[i].is_read);
        if (withheld.is_so) {
            assert_int_equal(errno, EACCES);
            assert_int_equal(withheld.maker, SOMEBODY);
            assert_int_equal(withheld.owner, cases[i].owner);
        }
    }
}

static void test_links_lead_where_the_kernel_would_go(void **state)
{
    (void)state;
    struct directory_withheld withheld;
    world.first = world.second = world.owner = SOMEBODY;
    assert_true(opens("down", &withheld));
    assert_true(opens("sub/up", &withheld));
    assert_true(opens("sub/absolute", &withheld));
    assert_false(opens("loop", &withheld));
    assert_int_equal(errno, ELOOP);
    assert_false(opens("dangling", &withheld));
    assert_int_equal(errno, ENOENT);
    assert_false(withheld.is_so);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_show_nothing_that_their_maker_could_not_read),
        cmocka_unit_test(test_links_lead_where_the_kernel_would_go),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
