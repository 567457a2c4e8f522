// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "directory_fixture.h"

#define WAIT_LIMIT_NS 20000000000u
#define TICK_MS       5

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static struct known_file *find(const struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < fixture->file_count; i++) {
        if (strcmp(fixture->files[i].name, name) == 0)
            return &fixture->files[i];
    }
    return NULL;
}

static void note(struct fixture *fixture, const struct directory_file *file)
{
    struct known_file *known = find(fixture, file->name);
    if (known == NULL) {
        fixture->files = memory_grow(
            fixture->files, fixture->file_count, &fixture->file_capacity, sizeof(*fixture->files));
        known = &fixture->files[fixture->file_count++];
        *known = (struct known_file){.name = memory_text(file->name)};
    }
    bool read = file->state == DIRECTORY_FILE_READ;
    assert_int_equal(read, file->bytes != NULL);
    assert_int_equal(!read, file->reason != NULL);
    if (read)
        assert_int_equal(file->bytes[file->length], '\0');
    free(known->content);
    known->content = read ? memory_text_n(file->bytes, file->length) : memory_text(file->reason);
    known->state = file->state;
    known->reports++;
}

static void on_batch(struct directory_batch *batch, void *data)
{
    struct fixture *fixture = data;
    for (size_t i = 0; i < batch->changed_count; i++)
        note(fixture, &batch->changed[i]);
    for (size_t i = 0; i < batch->not_ready_count; i++)
        note(fixture, &batch->not_ready[i]);
    for (size_t i = 0; i < batch->gone_count; i++) {
        struct known_file *known = find(fixture, batch->gone[i]);
        assert_non_null(known);
        free(known->content);
        known->content = NULL;
    }
    fixture->batch_count++;
    fixture->changed_count += batch->changed_count;
    fixture->gone_count += batch->gone_count;
    fixture->replaced |= batch->replaced;
    memory_replace_text(&fixture->message, batch->message);
    fixture->last = *batch;
    fixture->last.changed = NULL;
    fixture->last.not_ready = NULL;
    fixture->last.gone = NULL;
    fixture->last.message = NULL;
}

static void on_closed(void *data)
{
    struct fixture *fixture = data;
    fixture->closed = true;
}

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    const char *base = getenv("TMPDIR");
    fixture->root = memory_format("%s/imaged-directory-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(fixture->root));
    fixture->path = memory_format("%s/images.d", fixture->root);
    assert_int_equal(mkdir(fixture->path, 0755), 0);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    uv_timer_init(&fixture->loop, &fixture->tick);
    uv_timer_start(&fixture->tick, on_tick, TICK_MS, TICK_MS);
}

void fixture_watch(struct fixture *fixture, int64_t settle_ms, int64_t rescan_ms)
{
    struct error error = {0};
    struct directory_options options = {
        .path = fixture->path, .settle_ms = settle_ms, .rescan_ms = rescan_ms};
    fixture->directory = directory_new(&fixture->loop, &options, on_batch, fixture, &error);
    if (fixture->directory == NULL)
        fail_msg("directory_new: %s", error.message);
}

static bool has_batch(struct fixture *fixture)
{
    return fixture->batch_count > 0;
}

void fixture_start(struct fixture *fixture, int64_t settle_ms, int64_t rescan_ms)
{
    fixture_init(fixture);
    fixture_watch(fixture, settle_ms, rescan_ms);
    fixture_await_until(fixture, has_batch);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static bool is_closed(struct fixture *fixture)
{
    return fixture->closed;
}

void fixture_deinit(struct fixture *fixture)
{
    if (fixture->directory != NULL) {
        size_t batches = fixture->batch_count;
        directory_close(fixture->directory, on_closed, fixture);
        fixture_await_until(fixture, is_closed);
        assert_int_equal(fixture->batch_count, batches);
    }
    uv_close((uv_handle_t *)&fixture->tick, NULL);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    chmod(fixture->path, 0755);
    nftw(fixture->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < fixture->file_count; i++) {
        free(fixture->files[i].name);
        free(fixture->files[i].content);
    }
    free(fixture->files);
    free(fixture->message);
    free(fixture->path);
    free(fixture->root);
}

char *fixture_path(const struct fixture *fixture, const char *name)
{
    return name[0] == '/' ? memory_format("%s%s", fixture->root, name)
                          : memory_format("%s/%s", fixture->path, name);
}

static void put(const struct fixture *fixture, const char *name, const char *content, int flags)
{
    CLEANUP(memory_free_text) char *path = fixture_path(fixture, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    size_t length = strlen(content);
    assert_int_equal(write(fd, content, length), length);
    close(fd);
}

void fixture_write(const struct fixture *fixture, const char *name, const char *content)
{
    put(fixture, name, content, O_TRUNC);
}

void fixture_append(const struct fixture *fixture, const char *name, const char *content)
{
    put(fixture, name, content, O_APPEND);
}

void fixture_remove(const struct fixture *fixture, const char *name)
{
    CLEANUP(memory_free_text) char *path = fixture_path(fixture, name);
    assert_int_equal(remove(path), 0);
}

void fixture_link(const struct fixture *fixture, const char *target, const char *name)
{
    CLEANUP(memory_free_text) char *path = fixture_path(fixture, name);
    assert_int_equal(symlink(target, path), 0);
}

void fixture_rename(const struct fixture *fixture, const char *from, const char *to)
{
    CLEANUP(memory_free_text) char *from_path = fixture_path(fixture, from);
    CLEANUP(memory_free_text) char *to_path = fixture_path(fixture, to);
    assert_int_equal(rename(from_path, to_path), 0);
}

void fixture_mkdir(const struct fixture *fixture, const char *name)
{
    CLEANUP(memory_free_text) char *path = fixture_path(fixture, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

const struct known_file *fixture_find(const struct fixture *fixture, const char *name)
{
    const struct known_file *known = find(fixture, name);
    return known == NULL || known->content == NULL ? NULL : known;
}

bool fixture_has(const struct fixture *fixture, const char *name, const char *content)
{
    const struct known_file *known = fixture_find(fixture, name);
    return known != NULL && known->state == DIRECTORY_FILE_READ &&
           strcmp(known->content, content) == 0;
}

// One turn of the loop; fails when the wait that began at `start` is too long.
static void turn(struct fixture *fixture, uint64_t start, const char *what)
{
    if (uv_hrtime() - start > WAIT_LIMIT_NS)
        fail_msg("waited too long: %s", what);
    uv_run(&fixture->loop, UV_RUN_ONCE);
}

void fixture_await(struct fixture *fixture, const char *name, const char *content)
{
    for (uint64_t start = uv_hrtime(); !fixture_has(fixture, name, content);)
        turn(fixture, start, name);
}

void fixture_await_reason(struct fixture *fixture, const char *name, const char *part)
{
    for (uint64_t start = uv_hrtime();;) {
        const struct known_file *known = fixture_find(fixture, name);
        if (known != NULL && known->state != DIRECTORY_FILE_READ && strstr(known->content, part))
            return;
        turn(fixture, start, part);
    }
}

void fixture_await_gone(struct fixture *fixture, const char *name)
{
    for (uint64_t start = uv_hrtime(); fixture_find(fixture, name) != NULL;)
        turn(fixture, start, name);
}

void fixture_await_state(struct fixture *fixture, enum directory_state state)
{
    for (uint64_t start = uv_hrtime(); fixture->batch_count == 0 || fixture->last.state != state;)
        turn(fixture, start, "a state of the directory");
}

void fixture_await_until(struct fixture *fixture, bool (*condition)(struct fixture *fixture))
{
    for (uint64_t start = uv_hrtime(); !condition(fixture);)
        turn(fixture, start, "a condition");
}

void fixture_rescan(struct fixture *fixture)
{
    size_t batches = fixture->batch_count;
    directory_rescan(fixture->directory);
    for (uint64_t start = uv_hrtime(); fixture->batch_count == batches;)
        turn(fixture, start, "a rescan");
}
