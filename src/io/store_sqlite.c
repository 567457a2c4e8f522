// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The queue between the loop and the database. One piece of work is on libuv's pool at a time; it
// takes all that waits, so that one sync of the disk serves every batch that came while the last
// one ran. The database belongs to that piece of work, and to the loop's thread only before the
// first and never after.
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/memory.h"
#include "io/store.h"
#include "io/store_batch.h"
#include "io/store_sqlite.h"
#include "io/store_sqlite_file.h"
#include "io/store_sqlite_rows.h"

// Something asked for: a commit when it has a batch, else some history.
struct job {
    struct job *next;
    struct store_batch *batch;
    store_committed *committed;
    char *name; // whose history; NULL: of all
    size_t limit;
    struct history_list history;
    store_history_read *read;
    void *data;
    struct error error; // its code says whether the job failed
};

struct store_sqlite {
    struct store store; // first
    uv_loop_t *loop;
    uv_work_t work;
    char *path;
    struct store_sqlite_file file;
    struct store_sqlite_rows rows;
    struct job *running; // belongs to the work while it runs
    struct job *waiting;
    struct job **last;
    bool working;
    bool closing;
};

static void start(struct store_sqlite *sqlite);

static struct store_sqlite *sqlite_of(struct store *store)
{
    return (struct store_sqlite *)(void *)store;
}

static void fail_jobs(struct job *first, const struct job *end, const struct error *error)
{
    for (struct job *job = first; job != end; job = job->next)
        job->error = *error;
}

// One transaction for the job and all commits right behind it; returns what follows them.
static struct job *run_commits(struct store_sqlite *sqlite, struct job *first)
{
    struct error error = {0};
    struct job *end = first;
    int result = store_sqlite_rows_begin(&sqlite->rows, &error);
    for (; end != NULL && end->batch != NULL; end = end->next)
        if (result == 0)
            result = store_sqlite_rows_write(&sqlite->rows, end->batch, &error);
    if (result == 0)
        result = store_sqlite_rows_commit(&sqlite->rows, &error);
    if (result != 0) {
        store_sqlite_rows_rollback(&sqlite->rows);
        fail_jobs(first, end, &error);
    }
    return end;
}

static struct job *run_history(struct store_sqlite *sqlite, struct job *job)
{
    struct error error = {0};
    if (store_sqlite_rows_history(&sqlite->rows, job->name, job->limit, &job->history, &error) != 0)
        job->error = error;
    return job->next;
}

static void on_work(uv_work_t *work)
{
    struct store_sqlite *sqlite = work->data;
    struct job *job = sqlite->running;
    while (job != NULL)
        job = job->batch != NULL ? run_commits(sqlite, job) : run_history(sqlite, job);
}

// Tells whoever asked, and frees the job but for a batch that goes back.
static void finish_job(struct job *job)
{
    const struct error *error = job->error.code == ERROR_NONE ? NULL : &job->error;
    if (job->batch == NULL) {
        job->read(error == NULL ? &job->history : NULL, error, job->data);
    } else {
        if (error == NULL)
            store_batch_free(job->batch);
        if (job->committed != NULL)
            job->committed(error == NULL ? NULL : job->batch, error, job->data);
        else if (error != NULL)
            store_batch_free(job->batch);
    }
    history_list_deinit(&job->history);
    free(job->name);
    free(job);
}

static void on_work_done(uv_work_t *work, int status)
{
    (void)status; // never cancelled
    struct store_sqlite *sqlite = work->data;
    struct job *job = sqlite->running;
    sqlite->running = NULL;
    while (job != NULL) {
        struct job *next = job->next;
        finish_job(job);
        job = next;
    }
    sqlite->working = false;
    start(sqlite);
}

static void on_close(uv_work_t *work)
{
    struct store_sqlite *sqlite = work->data;
    store_sqlite_rows_deinit(&sqlite->rows);
    store_sqlite_file_close(&sqlite->file);
}

static void on_closed(uv_work_t *work, int status)
{
    (void)status;
    struct store_sqlite *sqlite = work->data;
    free(sqlite->path);
    free(sqlite);
}

// Puts what waits on the pool, unless something is there already.
static void start(struct store_sqlite *sqlite)
{
    if (sqlite->working || (sqlite->waiting == NULL && !sqlite->closing))
        return;
    sqlite->working = true;
    sqlite->running = sqlite->waiting;
    sqlite->waiting = NULL;
    sqlite->last = &sqlite->waiting;
    // uv_queue_work fails only without a function to call.
    if (sqlite->running != NULL)
        uv_queue_work(sqlite->loop, &sqlite->work, on_work, on_work_done);
    else
        uv_queue_work(sqlite->loop, &sqlite->work, on_close, on_closed);
}

static void ask(struct store_sqlite *sqlite, struct job *job)
{
    *sqlite->last = job;
    sqlite->last = &job->next;
    start(sqlite);
}

static int sqlite_load(struct store *store, struct record_list *records, struct store_state *state,
    struct error *error)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    state->fresh = sqlite->file.fresh;
    state->unclean = sqlite->file.unclean;
    return store_sqlite_rows_load(&sqlite->rows, records, &state->settings, error);
}

static void sqlite_commit(
    struct store *store, struct store_batch *batch, store_committed *callback, void *data)
{
    struct job *job = memory_new(1, sizeof(*job));
    job->batch = batch;
    job->committed = callback;
    job->data = data;
    ask(sqlite_of(store), job);
}

static void sqlite_history(
    struct store *store, const char *name, size_t limit, store_history_read *callback, void *data)
{
    struct job *job = memory_new(1, sizeof(*job));
    job->name = memory_text(name);
    job->limit = limit;
    job->read = callback;
    job->data = data;
    ask(sqlite_of(store), job);
}

static void sqlite_close(struct store *store)
{
    struct store_sqlite *sqlite = sqlite_of(store);
    sqlite->closing = true;
    start(sqlite);
}

static const struct store_operations operations = {
    .load = sqlite_load,
    .commit = sqlite_commit,
    .history = sqlite_history,
    .close = sqlite_close,
};

int store_open_sqlite(uv_loop_t *loop, const char *path, struct store **store, struct error *error)
{
    struct store_sqlite *sqlite = memory_new(1, sizeof(*sqlite));
    sqlite->store.operations = &operations;
    sqlite->loop = loop;
    sqlite->work.data = sqlite;
    sqlite->last = &sqlite->waiting;
    sqlite->path = memory_text(path);
    if (store_sqlite_file_open(path, &sqlite->file, error) != 0)
        goto fail;
    if (store_sqlite_rows_init(&sqlite->rows, sqlite->file.db, sqlite->path, error) != 0) {
        store_sqlite_file_close(&sqlite->file);
        goto fail;
    }
    *store = &sqlite->store;
    return 0;

fail:
    free(sqlite->path);
    free(sqlite);
    return -1;
}
