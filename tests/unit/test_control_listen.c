// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The control socket is made where somebody else can rename: as soon as it is bound, a link takes
// its place (by the linker's --wrap, see unit.inc).
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/control_listen.h"

static char directory[] = "/tmp/imaged-listen-XXXXXX";
static char path[64];
static char moved[64];
static char victim[64];
static bool is_swapped;

int __real_bind(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int result = __real_bind(fd, address, length);
    if (result == 0 && is_swapped && (rename(path, moved) != 0 || symlink(victim, path) != 0))
        abort();
    return result;
}

static int make_directory(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/control.sock", directory);
    snprintf(moved, sizeof(moved), "%s/moved", directory);
    snprintf(victim, sizeof(victim), "%s/victim", directory);
    FILE *file = fopen(victim, "we");
    assert_non_null(file);
    return fclose(file) != 0 || chmod(victim, 0600) != 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    unlink(moved);
    unlink(victim);
    return rmdir(directory);
}

static void test_a_socket_is_its_groups(void **state)
{
    (void)state;
    struct listener listener;
    struct error error = {0};
    struct stat status;
    assert_int_equal(listener_open_unix(&listener, path, NULL, &error), 0);
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 07777, 0660);
    listener_unlink(&listener);
    listener_deinit(&listener);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_a_link_in_its_place_gives_nothing_away(void **state)
{
    (void)state;
    struct listener listener;
    struct error error = {0};
    struct stat before, after;
    assert_int_equal(stat(victim, &before), 0);
    is_swapped = true;
    assert_int_equal(listener_open_unix(&listener, path, "daemon", &error), -1);
    is_swapped = false;
    assert_non_null(strstr(error.message, path));
    assert_int_equal(stat(victim, &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_int_equal(lstat(path, &after), 0); // is not ours to remove
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_socket_is_its_groups),
        cmocka_unit_test(test_a_link_in_its_place_gives_nothing_away),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
