// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What happens to the directory itself: missing, replaced, moved, unmounted, unreadable. Never is
// that taken for the removal of files that nobody removed.
#include "config.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "directory_fixture.h"

#define SETTLE_MS 30
#define NEVER_MS  3600000
#define OFTEN_MS  40
#define NOBODY    65534

static bool can_mount;

static void test_missing_at_start(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_remove(&fixture, "/images.d");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await_state(&fixture, DIRECTORY_MISSING);
    assert_int_equal(fixture.batch_count, 1);
    assert_false(fixture.last.complete);
    assert_non_null(strstr(fixture.message, "images.d does not exist"));
    fixture_mkdir(&fixture, "/images.d");
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    assert_true(fixture.last.complete);
    assert_null(fixture.message);
    assert_false(fixture.replaced);
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    fixture_deinit(&fixture);
}

// All of the path comes into being, one part after the other.
static void test_missing_ancestors(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    free(fixture.path);
    fixture.path = memory_format("%s/x/y//z/", fixture.root);
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await_state(&fixture, DIRECTORY_MISSING);
    fixture_mkdir(&fixture, "/x");
    fixture_mkdir(&fixture, "/x/y");
    fixture_mkdir(&fixture, "/x/y/z");
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_rename(&fixture, "/x/y", "/x/away");
    fixture_rename(&fixture, "/x/away", "/x/y");
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    fixture_deinit(&fixture);
}

// Case 50.
static void test_removed_and_made_again(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_remove(&fixture, "a.yaml");
    fixture_remove(&fixture, "/images.d");
    fixture_await_state(&fixture, DIRECTORY_MISSING);
    fixture_mkdir(&fixture, "/images.d");
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    assert_true(fixture.replaced);
    fixture_write(&fixture, "a.yaml", "3");
    fixture_await(&fixture, "a.yaml", "3");
    fixture_deinit(&fixture);
}

// Case 25: moved away: unknown; and back: the same as before, and nothing to tell of its files.
static void test_moved_away_and_back(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_rename(&fixture, "/images.d", "/away");
    fixture_await_state(&fixture, DIRECTORY_MISSING);
    assert_int_equal(fixture.gone_count, 0);
    fixture_rename(&fixture, "/away", "/images.d");
    fixture_await_state(&fixture, DIRECTORY_READ);
    assert_false(fixture.replaced);
    assert_int_equal(fixture.last.present, 1);
    assert_int_equal(fixture_find(&fixture, "a.yaml")->reports, 1);
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    fixture_deinit(&fixture);
}

// Replaced by an empty one in no time: said to be so, for the brake.
static void test_replaced_by_an_empty_one(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_rename(&fixture, "/images.d", "/away");
    fixture_mkdir(&fixture, "/images.d");
    fixture_await_gone(&fixture, "a.yaml");
    assert_true(fixture.last.replaced);
    assert_int_equal(fixture.last.present, 0);
    fixture_write(&fixture, "b.yaml", "2");
    fixture_await(&fixture, "b.yaml", "2");
    assert_false(fixture.last.replaced);
    fixture_deinit(&fixture);
}

// The path itself is a link, which is turned to another directory.
static void test_link_to_directory_is_turned(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_rename(&fixture, "/images.d", "/one");
    fixture_mkdir(&fixture, "/two");
    fixture_write(&fixture, "/one/a.yaml", "1");
    fixture_write(&fixture, "/two/a.yaml", "2");
    fixture_link(&fixture, "one", "/images.d");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "1");
    fixture_link(&fixture, "two", "/new");
    fixture_rename(&fixture, "/new", "/images.d");
    fixture_await(&fixture, "a.yaml", "2");
    assert_true(fixture.replaced);
    assert_int_equal(fixture.gone_count, 0);
    fixture_write(&fixture, "/two/a.yaml", "3");
    fixture_await(&fixture, "a.yaml", "3");
    fixture_remove(&fixture, "/images.d");
    fixture_await_state(&fixture, DIRECTORY_MISSING);
    fixture_deinit(&fixture);
}

static void test_not_a_directory(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_remove(&fixture, "/images.d");
    fixture_write(&fixture, "/images.d", "a file");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await_state(&fixture, DIRECTORY_UNREADABLE);
    assert_non_null(strstr(fixture.message, "Not a directory"));
    fixture_remove(&fixture, "/images.d");
    fixture_mkdir(&fixture, "/images.d");
    fixture_await_state(&fixture, DIRECTORY_READ);
    fixture_deinit(&fixture);
}

// Permissions mean nothing to root, so nobody tries.
static void as_nobody(void)
{
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
}

static void as_before(void)
{
    assert_int_equal(seteuid(getuid()), 0);
}

static void set_mode(const struct fixture *fixture, const char *name, mode_t mode)
{
    CLEANUP(memory_free_text) char *path = fixture_path(fixture, name);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_unreadable_directory(void **state)
{
    (void)state;
    struct fixture fixture;
    as_nobody();
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    set_mode(&fixture, "/images.d", 0);
    fixture_await_state(&fixture, DIRECTORY_UNREADABLE);
    assert_non_null(strstr(fixture.message, "Permission denied"));
    assert_false(fixture.last.without_events);
    set_mode(&fixture, "/images.d", 0755);
    fixture_await_state(&fixture, DIRECTORY_READ);
    assert_false(fixture.replaced);
    // Its names can be read, but nothing behind them.
    set_mode(&fixture, "/images.d", 0400);
    fixture_await_reason(&fixture, "a.yaml", "Permission denied");
    set_mode(&fixture, "/images.d", 0755);
    fixture_await(&fixture, "a.yaml", "1");
    assert_int_equal(fixture.gone_count, 0);
    fixture_deinit(&fixture);
    as_before();
}

// Case 49: made readable by chmod alone.
static void test_unreadable_file(void **state)
{
    (void)state;
    struct fixture fixture;
    as_nobody();
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    fixture_write(&fixture, "new", "1");
    set_mode(&fixture, "new", 0);
    fixture_rename(&fixture, "new", "a.yaml");
    fixture_await_reason(&fixture, "a.yaml", "Permission denied");
    set_mode(&fixture, "a.yaml", 0644);
    fixture_await(&fixture, "a.yaml", "1");
    fixture_deinit(&fixture);
    as_before();
}

// Case 25: what lies under a mount point is not what was removed.
static void test_mounted_and_unmounted(void **state)
{
    (void)state;
    if (!can_mount)
        skip();
    struct fixture fixture;
    fixture_init(&fixture);
    CLEANUP(memory_free_text) char *path = fixture_path(&fixture, "/images.d");
    assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_watch(&fixture, SETTLE_MS, OFTEN_MS);
    fixture_await(&fixture, "a.yaml", "1");
    assert_int_equal(umount(path), 0);
    fixture_await_gone(&fixture, "a.yaml");
    assert_true(fixture.last.replaced);
    fixture.replaced = false;
    assert_int_equal(mount("none", path, "tmpfs", 0, NULL), 0);
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    assert_true(fixture.replaced);
    assert_int_equal(umount(path), 0);
    fixture_deinit(&fixture);
}

// In a mount namespace of its own, so that no other process is concerned. Before any thread is
// there.
static void prepare_mounting(void)
{
    can_mount = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
                mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) == 0;
}

int main(void)
{
    prepare_mounting();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_at_start),
        cmocka_unit_test(test_missing_ancestors),
        cmocka_unit_test(test_removed_and_made_again),
        cmocka_unit_test(test_moved_away_and_back),
        cmocka_unit_test(test_replaced_by_an_empty_one),
        cmocka_unit_test(test_link_to_directory_is_turned),
        cmocka_unit_test(test_not_a_directory),
        cmocka_unit_test(test_unreadable_directory),
        cmocka_unit_test(test_unreadable_file),
        cmocka_unit_test(test_mounted_and_unmounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
