// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Files as editors, copying tools and orchestrators handle them, watched on a real file system.
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "directory_fixture.h"

// Events are what finds a change, unless a test says otherwise.
#define SETTLE_MS 30
#define NEVER_MS  3600000

static void test_options(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct error error = {0};
    uv_loop_init(&loop);
    assert_null(directory_new(&loop, &(struct directory_options){.path = ""}, NULL, NULL, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    error = (struct error){0};
    assert_null(directory_new(
        &loop, &(struct directory_options){.path = "/", .settle_ms = -1}, NULL, NULL, &error));
    assert_int_equal(error.code, ERROR_INVALID);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_initial_read(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "name: a\n");
    fixture_write(&fixture, "b.yml", "");
    fixture_write(&fixture, "c.txt", "no");
    fixture_mkdir(&fixture, "d.yaml");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "name: a\n");
    assert_int_equal(fixture.batch_count, 1);
    assert_int_equal(fixture.last.state, DIRECTORY_READ);
    assert_true(fixture.last.complete);
    assert_false(fixture.last.replaced);
    assert_int_equal(fixture.last.present, 3);
    assert_int_equal(fixture.last.changed_count, 3);
    assert_null(fixture.message);
    assert_true(fixture_has(&fixture, "b.yml", ""));
    assert_non_null(strstr(fixture_find(&fixture, "d.yaml")->content, "is a directory"));
    fixture_deinit(&fixture);
}

static void test_change_and_removal(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    fixture_rename(&fixture, "a.yaml", "b.yaml");
    fixture_await(&fixture, "b.yaml", "2");
    fixture_await_gone(&fixture, "a.yaml");
    fixture_remove(&fixture, "b.yaml");
    fixture_await_gone(&fixture, "b.yaml");
    assert_int_equal(fixture.last.present, 0);
    fixture_deinit(&fixture);
}

// Touching changes the fingerprint, not the content.
static void test_same_content_is_no_news(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    CLEANUP(memory_free_text) char *path = fixture_path(&fixture, "a.yaml");
    assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    fixture_write(&fixture, "new", "1");
    fixture_rename(&fixture, "new", "a.yaml");
    fixture_write(&fixture, "z.yaml", "sentinel");
    fixture_await(&fixture, "z.yaml", "sentinel");
    fixture_rescan(&fixture);
    assert_int_equal(fixture_find(&fixture, "a.yaml")->reports, 1);
    assert_int_equal(fixture.last.changed_count, 0);
    fixture_deinit(&fixture);
}

// What each tool does to a.yaml that held "old", so that it holds "new".
static void vim(struct fixture *fixture)
{
    fixture_write(fixture, ".a.yaml.swp", "swap");
    fixture_write(fixture, "4913", "");
    fixture_remove(fixture, "4913");
    fixture_rename(fixture, "a.yaml", "a.yaml~");
    fixture_write(fixture, "a.yaml", "");
    fixture_append(fixture, "a.yaml", "new");
    fixture_remove(fixture, "a.yaml~");
    fixture_remove(fixture, ".a.yaml.swp");
}

static void emacs(struct fixture *fixture)
{
    fixture_link(fixture, "user@host.1:2", ".#a.yaml");
    fixture_write(fixture, "#a.yaml#", "ne");
    fixture_rename(fixture, "a.yaml", "a.yaml~");
    fixture_write(fixture, "a.yaml", "new");
    fixture_remove(fixture, "#a.yaml#");
    fixture_remove(fixture, ".#a.yaml");
}

static void sed(struct fixture *fixture)
{
    fixture_write(fixture, "sedAbCdEf", "new");
    fixture_rename(fixture, "sedAbCdEf", "a.yaml");
}

static void rsync(struct fixture *fixture)
{
    fixture_write(fixture, ".a.yaml.Xy12Zq", "ne");
    fixture_append(fixture, ".a.yaml.Xy12Zq", "w");
    fixture_rename(fixture, ".a.yaml.Xy12Zq", "a.yaml");
}

static void cp(struct fixture *fixture)
{
    fixture_write(fixture, "a.yaml", "");
    fixture_append(fixture, "a.yaml", "n");
    fixture_append(fixture, "a.yaml", "e");
    fixture_append(fixture, "a.yaml", "w");
}

static void git(struct fixture *fixture)
{
    fixture_remove(fixture, "a.yaml");
    fixture_write(fixture, "a.yaml", "new");
}

static void test_tools(void **state)
{
    (void)state;
    static void (*const tools[])(struct fixture *) = {vim, emacs, sed, rsync, cp, git};
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_write(&fixture, "a.yaml", "old");
        fixture_watch(&fixture, 100, NEVER_MS);
        fixture_await(&fixture, "a.yaml", "old");
        tools[i](&fixture);
        fixture_await(&fixture, "a.yaml", "new");
        fixture_rescan(&fixture);
        assert_int_equal(fixture_find(&fixture, "a.yaml")->reports, 2);
        assert_int_equal(fixture.file_count, 1);
        assert_int_equal(fixture.gone_count, 0);
        assert_int_equal(fixture.last.present, 1);
        fixture_deinit(&fixture);
    }
}

// A file that is written without a pause is read all the same.
static void test_endless_writing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    uint64_t start = uv_hrtime();
    while (fixture_find(&fixture, "a.yaml") == NULL) {
        fixture_append(&fixture, "a.yaml", "x");
        uv_run(&fixture.loop, UV_RUN_ONCE);
        assert_true(uv_hrtime() - start < 20000000000u);
    }
    fixture_deinit(&fixture);
}

// Case 22: the swap renames nothing but ..data.
static void test_kubernetes(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_mkdir(&fixture, "..2026_11_25");
    fixture_write(&fixture, "..2026_11_25/a.yaml", "old");
    fixture_write(&fixture, "..2026_11_25/b.yaml", "same");
    fixture_link(&fixture, "..2026_11_25", "..data");
    fixture_link(&fixture, "..data/a.yaml", "a.yaml");
    fixture_link(&fixture, "..data/b.yaml", "b.yaml");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "old");
    fixture_mkdir(&fixture, "..2026_11_26");
    fixture_write(&fixture, "..2026_11_26/a.yaml", "new");
    fixture_write(&fixture, "..2026_11_26/b.yaml", "same");
    fixture_link(&fixture, "..2026_11_26", "..data_tmp");
    fixture_rename(&fixture, "..data_tmp", "..data");
    fixture_await(&fixture, "a.yaml", "new");
    assert_int_equal(fixture_find(&fixture, "b.yaml")->reports, 1);
    assert_int_equal(fixture.gone_count, 0);
    fixture_deinit(&fixture);
}

// Cases 28: each has its reason, and none of them blocks or hides the others.
static void test_strange_things(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "fine");
    fixture_write(&fixture, "two words.yaml", "spaces");
    fixture_write(&fixture, "two\nlines.yaml", "newline");
    fixture_write(&fixture, "\xff\xc0.yaml", "not UTF-8");
    fixture_mkdir(&fixture, "directory.yaml");
    CLEANUP(memory_free_text) char *fifo = fixture_path(&fixture, "fifo.yaml");
    assert_int_equal(mkfifo(fifo, 0644), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    CLEANUP(memory_free_text) char *path = fixture_path(&fixture, "socket.yaml");
    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    fixture_link(&fixture, "/dev/zero", "device.yaml");
    fixture_link(&fixture, "loop.yaml", "loop.yaml");
    fixture_link(&fixture, "nowhere", "dangling.yaml");
    fixture_link(&fixture, "a.yaml/x", "through-file.yaml");
    fixture_write(&fixture, "huge.yaml", "");
    CLEANUP(memory_free_text) char *huge = fixture_path(&fixture, "huge.yaml");
    assert_int_equal(truncate(huge, (off_t)2 << 30), 0);

    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "fine");
    assert_true(fixture_has(&fixture, "two words.yaml", "spaces"));
    assert_true(fixture_has(&fixture, "two\nlines.yaml", "newline"));
    assert_true(fixture_has(&fixture, "\xff\xc0.yaml", "not UTF-8"));
    fixture_await_reason(&fixture, "directory.yaml", "is a directory");
    fixture_await_reason(&fixture, "fifo.yaml", "is a FIFO");
    fixture_await_reason(&fixture, "socket.yaml", "is a socket");
    fixture_await_reason(&fixture, "device.yaml", "is a device");
    fixture_await_reason(&fixture, "loop.yaml", "loop");
    fixture_await_reason(&fixture, "huge.yaml", "larger than");
    fixture_await_reason(&fixture, "dangling.yaml", "target does not exist");
    fixture_await_reason(&fixture, "through-file.yaml", "Not a directory");
    assert_int_equal(fixture_find(&fixture, "dangling.yaml")->state, DIRECTORY_FILE_NOT_READY);
    assert_int_equal(fixture.batch_count, 1);
    assert_int_equal(fixture.last.present, 12);
    fixture_rescan(&fixture);
    assert_int_equal(fixture.changed_count, 11);
    fixture_deinit(&fixture);
}

static void test_size_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    char *content = memory_new(DECLARATION_FILE_LIMIT_BYTES + 2, 1);
    memset(content, '#', DECLARATION_FILE_LIMIT_BYTES);
    fixture_write(&fixture, "a.yaml", content);
    fixture_await(&fixture, "a.yaml", content);
    content[DECLARATION_FILE_LIMIT_BYTES] = '#';
    fixture_write(&fixture, "a.yaml", content);
    fixture_await_reason(&fixture, "a.yaml", "larger than");
    fixture_write(&fixture, "a.yaml", "small");
    fixture_await(&fixture, "a.yaml", "small");
    free(content);
    fixture_deinit(&fixture);
}

// Case 49: a link before its target; and a target that goes and comes back is neither change nor
// loss.
static void test_link_before_target(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_link(&fixture, "target", "a.yaml");
    fixture_await_reason(&fixture, "a.yaml", "target does not exist");
    assert_int_equal(fixture.changed_count, 0);
    fixture_write(&fixture, "target", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_remove(&fixture, "target");
    fixture_await_reason(&fixture, "a.yaml", "target does not exist");
    assert_int_equal(fixture.changed_count, 1);
    assert_int_equal(fixture.gone_count, 0);
    assert_int_equal(fixture.last.present, 1);
    fixture_write(&fixture, "target", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_remove(&fixture, "a.yaml");
    fixture_await_gone(&fixture, "a.yaml");
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_initial_read),
        cmocka_unit_test(test_change_and_removal),
        cmocka_unit_test(test_same_content_is_no_news),
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_endless_writing),
        cmocka_unit_test(test_kubernetes),
        cmocka_unit_test(test_strange_things),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_link_before_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
