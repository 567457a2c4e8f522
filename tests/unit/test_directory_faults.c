// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A system at its limits: no watches, an overflowing queue, a failing disk, a clock that hardly
// ticks; and being closed at the worst moment. The system calls concerned go through this file (see
// the linker's --wrap in unit.inc).
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "directory_fixture.h"

#define SETTLE_MS 30
#define NEVER_MS  3600000
#define OFTEN_MS  40
#define CROWD     20000

static atomic_int no_instance; // an errno value, as the next two
static atomic_int no_watch;
static atomic_int no_reading;
static atomic_int reading_limit; // entries until no_reading counts
static atomic_bool coarse_clock; // file times in whole seconds
static atomic_int files_opened;
static const char *_Atomic hidden;    // a name that the reading of the directory misses
static const char *_Atomic exchanged; // a path where a FIFO appears between looking and opening

int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);
int __wrap_inotify_init1(int flags)
{
    errno = atomic_load(&no_instance);
    return errno != 0 ? -1 : __real_inotify_init1(flags);
}

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    errno = atomic_load(&no_watch);
    return errno != 0 ? -1 : __real_inotify_add_watch(fd, path, mask);
}

struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream)
{
    int failure = atomic_load(&no_reading);
    if (failure != 0 && atomic_fetch_sub(&reading_limit, 1) <= 0) {
        errno = failure;
        return NULL;
    }
    struct dirent *entry = __real_readdir(stream);
    const char *name = atomic_load(&hidden);
    bool hide = entry != NULL && name != NULL && strcmp(entry->d_name, name) == 0;
    return hide ? __real_readdir(stream) : entry;
}

static void coarsen(struct stat *status)
{
    if (!atomic_load(&coarse_clock))
        return;
    status->st_mtim.tv_nsec = 0;
    status->st_ctim.tv_nsec = 0;
}

int __real_fstatat(int fd, const char *name, struct stat *status, int flags);
int __wrap_fstatat(int fd, const char *name, struct stat *status, int flags);
int __wrap_fstatat(int fd, const char *name, struct stat *status, int flags)
{
    int result = __real_fstatat(fd, name, status, flags);
    coarsen(status);
    return result;
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status)
{
    int result = __real_fstat(fd, status);
    coarsen(status);
    return result;
}

int __real_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...)
{
    atomic_fetch_add(&files_opened, 1);
    const char *path = atomic_exchange(&exchanged, NULL);
    if (path != NULL && (unlink(path) != 0 || mkfifo(path, 0644) != 0))
        abort();
    return __real_openat(fd, name, flags);
}

static int heal(void **state)
{
    (void)state;
    atomic_store(&no_instance, 0);
    atomic_store(&no_watch, 0);
    atomic_store(&no_reading, 0);
    atomic_store(&coarse_clock, false);
    atomic_store(&hidden, NULL);
    return 0;
}

// Case 26: said once, and the rescans find it all the same; watched again when that is possible.
static void lack_events(atomic_int *cause, int errno_value, const char *message)
{
    struct fixture fixture;
    fixture_init(&fixture);
    atomic_store(cause, errno_value);
    fixture_watch(&fixture, SETTLE_MS, OFTEN_MS);
    fixture_await_state(&fixture, DIRECTORY_READ);
    assert_true(fixture.last.without_events);
    assert_non_null(strstr(fixture.message, message));
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    assert_int_equal(fixture.batch_count, 2);
    fixture_remove(&fixture, "a.yaml");
    fixture_await_gone(&fixture, "a.yaml");
    atomic_store(cause, 0);
    for (uint64_t start = uv_hrtime(); fixture.last.without_events;) {
        assert_true(uv_hrtime() - start < 20000000000u);
        uv_run(&fixture.loop, UV_RUN_ONCE);
    }
    assert_null(fixture.message);
    assert_int_equal(fixture.batch_count, 4);
    fixture_deinit(&fixture);
}

static void test_no_instance(void **state)
{
    (void)state;
    lack_events(&no_instance, EMFILE, "Too many open files");
}

static void test_no_watch(void **state)
{
    (void)state;
    lack_events(&no_watch, ENOSPC, "No space left");
}

// Polling alone must not read what somebody is writing either.
static void test_polling_waits_for_writers(void **state)
{
    (void)state;
    struct fixture fixture;
    atomic_store(&no_instance, EMFILE);
    fixture_start(&fixture, 200, 10);
    fixture_write(&fixture, "a.yaml", "");
    uint64_t last = uv_hrtime();
    for (int pieces = 0; pieces < 10; uv_run(&fixture.loop, UV_RUN_ONCE)) {
        if (uv_hrtime() - last < 20000000)
            continue;
        last = uv_hrtime();
        fixture_append(&fixture, "a.yaml", "x");
        pieces++;
    }
    fixture_await(&fixture, "a.yaml", "xxxxxxxxxx");
    assert_int_equal(fixture_find(&fixture, "a.yaml")->reports, 1);
    fixture_deinit(&fixture);
}

static void test_polling_of_endless_writing(void **state)
{
    (void)state;
    struct fixture fixture;
    atomic_store(&no_instance, EMFILE);
    fixture_start(&fixture, SETTLE_MS, 10);
    for (uint64_t start = uv_hrtime(); fixture_find(&fixture, "a.yaml") == NULL;) {
        assert_true(uv_hrtime() - start < 20000000000u);
        fixture_append(&fixture, "a.yaml", "x");
        uv_run(&fixture.loop, UV_RUN_ONCE);
    }
    fixture_deinit(&fixture);
}

static bool has_crowd(struct fixture *fixture)
{
    return fixture->last.present == CROWD;
}

static void make_crowd(struct fixture *fixture, const char *prefix)
{
    for (int i = 0; i < CROWD; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%s%05d.yaml", prefix, i);
        fixture_write(fixture, name, "name: x\n");
    }
}

// Case 24: more events than the kernel's queue holds, while nobody reads it.
static void test_overflow(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    make_crowd(&fixture, "");
    fixture_await_until(&fixture, has_crowd);
    assert_int_equal(fixture.changed_count, CROWD);
    fixture_deinit(&fixture);
}

// Only the overflow tells of the file: the queue is full of what does not matter.
static void test_overflow_by_others(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_start(&fixture, SETTLE_MS, NEVER_MS);
    make_crowd(&fixture, "/");
    fixture_write(&fixture, "a.yaml", "1");
    fixture_await(&fixture, "a.yaml", "1");
    fixture_deinit(&fixture);
}

// A scan of what has not changed opens nothing.
static void test_unchanged_is_not_read(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "1");
    // As soon as the change lies back far enough, a scan makes sure once more, and none after it.
    uint64_t start = uv_hrtime();
    for (int quiet = 0; quiet < 3;) {
        assert_true(uv_hrtime() - start < 20000000000u);
        for (int turns = 0; turns < 20; turns++)
            uv_run(&fixture.loop, UV_RUN_ONCE);
        int before = atomic_load(&files_opened);
        fixture_rescan(&fixture);
        quiet = before == atomic_load(&files_opened) ? quiet + 1 : 0;
    }
    assert_int_equal(fixture_find(&fixture, "a.yaml")->reports, 1);
    fixture_deinit(&fixture);
}

// An edit of the same size within a tick of the file system's clock leaves no trace, and is found
// by looking again when the tick is over.
static void test_edit_without_trace(void **state)
{
    (void)state;
    struct fixture fixture;
    atomic_store(&coarse_clock, true);
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "1");
    atomic_store(&no_instance, EMFILE);
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "1");
    fixture_write(&fixture, "a.yaml", "2");
    fixture_await(&fixture, "a.yaml", "2");
    fixture_deinit(&fixture);
}

static void test_failing_disk(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_write(&fixture, "b.yaml", "1");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "1");
    fixture_remove(&fixture, "a.yaml");
    for (int limit = 0; limit < 3; limit++) {
        atomic_store(&reading_limit, limit);
        atomic_store(&no_reading, EIO);
        fixture_rescan(&fixture);
        assert_false(fixture.last.complete);
        assert_int_equal(fixture.last.state, DIRECTORY_READ);
        assert_non_null(strstr(fixture.message, "Input/output error"));
        assert_int_equal(fixture.gone_count, 0);
    }
    atomic_store(&no_reading, 0);
    fixture_rescan(&fixture);
    assert_true(fixture.last.complete);
    assert_int_equal(fixture.gone_count, 1);
    fixture_deinit(&fixture);
}

// A name can escape the reading of a directory in which another process renames.
static void test_missed_name(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "1");
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await(&fixture, "a.yaml", "1");
    atomic_store(&hidden, "a.yaml");
    fixture_rescan(&fixture);
    assert_true(fixture.last.complete);
    assert_int_equal(fixture.gone_count, 0);
    assert_int_equal(fixture.last.present, 1);
    fixture_deinit(&fixture);
}

static void test_file_becomes_fifo(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    fixture_write(&fixture, "a.yaml", "1");
    CLEANUP(memory_free_text) char *path = fixture_path(&fixture, "a.yaml");
    atomic_store(&exchanged, path);
    fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
    fixture_await_reason(&fixture, "a.yaml", "is a FIFO");
    fixture_deinit(&fixture);
}

// Whatever the scan is at, nothing is delivered any more, and nothing is left behind.
static void test_close_while_scanning(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture);
    make_crowd(&fixture, "");
    for (int turns = 0; turns < 3; turns++) {
        fixture_watch(&fixture, SETTLE_MS, NEVER_MS);
        for (int i = 0; i < turns; i++)
            uv_run(&fixture.loop, UV_RUN_NOWAIT);
        size_t batches = fixture.batch_count;
        fixture.closed = false;
        struct directory *directory = fixture.directory;
        fixture.directory = NULL;
        directory_close(directory, NULL, NULL);
        for (int i = 0; i < 10; i++)
            uv_run(&fixture.loop, UV_RUN_ONCE);
        assert_int_equal(fixture.batch_count, batches);
    }
    fixture_deinit(&fixture);
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

struct closer {
    struct directory *directory;
    bool closed;
    int batches;
};

// The first batch asks for another, the second closes.
static void on_batch(struct directory_batch *batch, void *data)
{
    (void)batch;
    struct closer *closer = data;
    closer->batches++;
    if (closer->batches == 1)
        directory_rescan(closer->directory);
    else
        directory_close(closer->directory, on_closed, &closer->closed);
}

static void test_calls_from_the_callback(void **state)
{
    (void)state;
    struct closer closer = {0};
    struct error error = {0};
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    closer.directory = directory_new(
        &loop, &(struct directory_options){.path = "/"}, on_batch, &closer, &error);
    assert_non_null(closer.directory);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(closer.closed);
    assert_int_equal(closer.batches, 2);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_instance, heal),
        cmocka_unit_test_teardown(test_no_watch, heal),
        cmocka_unit_test_teardown(test_polling_waits_for_writers, heal),
        cmocka_unit_test_teardown(test_polling_of_endless_writing, heal),
        cmocka_unit_test_teardown(test_overflow, heal),
        cmocka_unit_test_teardown(test_overflow_by_others, heal),
        cmocka_unit_test_teardown(test_unchanged_is_not_read, heal),
        cmocka_unit_test_teardown(test_edit_without_trace, heal),
        cmocka_unit_test_teardown(test_failing_disk, heal),
        cmocka_unit_test_teardown(test_missed_name, heal),
        cmocka_unit_test_teardown(test_file_becomes_fifo, heal),
        cmocka_unit_test_teardown(test_close_while_scanning, heal),
        cmocka_unit_test_teardown(test_calls_from_the_callback, heal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
