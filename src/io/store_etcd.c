// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The queue of what is asked for: one job at a time, in order.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/memory.h"
#include "io/store_etcd_internal.h"

static struct store_etcd *etcd_of(struct store *store)
{
    return (struct store_etcd *)(void *)store;
}

void store_etcd_ask(
    struct store_etcd *etcd, const char *path, json_t *body, cluster_answered *answered)
{
    struct cluster_question question = {.path = path, .body = body, .timeout_ms = etcd->timeout_ms};
    cluster_ask(etcd->cluster, &question, answered, etcd);
}

void store_etcd_found_deposed(struct store_etcd *etcd, struct error *error)
{
    etcd->deposed = true;
    error_set(error, ERROR_BUSY,
        "this host does not lead any more: another has taken over, and nothing was stored");
}

const struct error *store_etcd_explain(
    const struct error *error, const char *doing, struct error *room)
{
    if (error == NULL)
        return NULL;
    *room = *error;
    error_prefix(room, "%s the record in etcd", doing);
    return room;
}

// ---- The queue

static void on_closed(uv_handle_t *handle)
{
    struct store_etcd *etcd = handle->data;
    record_list_deinit(&etcd->records);
    tag_list_deinit(&etcd->settings);
    store_etcd_sweep_deinit(&etcd->sweep);
    free(etcd->prefix);
    free(etcd->leader_key);
    free(etcd->commit_key);
    free(etcd->from);
    free(etcd->head);
    free(etcd);
}

static void close_if_done(struct store_etcd *etcd)
{
    if (!etcd->closing || etcd->jobs != NULL || uv_is_closing((uv_handle_t *)&etcd->turn))
        return;
    cluster_forget(etcd->cluster, etcd);
    uv_close((uv_handle_t *)&etcd->turn, on_closed);
}

// Tells whoever asked, and frees the job but for a batch that goes back.
static void finish_job(struct store_etcd_job *job, const struct error *error)
{
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
    store_etcd_writes_free(job);
    history_list_deinit(&job->history);
    etcd_entries_deinit(&job->entries);
    free(job->id);
    free(job->name);
    free(job->from);
    free(job);
}

static void on_turn(uv_timer_t *timer);

static void start(struct store_etcd *etcd)
{
    if (!uv_is_closing((uv_handle_t *)&etcd->turn))
        uv_timer_start(&etcd->turn, on_turn, 0, 0);
}

void store_etcd_finish(struct store_etcd *etcd, const struct error *error)
{
    struct store_etcd_job *job = etcd->running;
    etcd->running = NULL;
    DL_DELETE(etcd->jobs, job);
    finish_job(job, error);
    if (etcd->jobs != NULL)
        start(etcd);
    close_if_done(etcd);
}

static void on_turn(uv_timer_t *timer)
{
    struct store_etcd *etcd = timer->data;
    struct error error = {0};
    if (!etcd->begun && !etcd->deposed) {
        etcd->begun = true;
        store_etcd_load_begin(etcd);
    }
    if (etcd->jobs == NULL)
        return;
    if (etcd->running != NULL && !etcd->deposed)
        return;
    etcd->running = etcd->jobs;
    if (etcd->deposed) {
        store_etcd_found_deposed(etcd, &error);
        store_etcd_finish(etcd, &error);
    } else if (etcd->running->batch != NULL) {
        store_etcd_write_begin(etcd, etcd->running);
    } else {
        store_etcd_history_begin(etcd, etcd->running);
    }
}

static void add_job(struct store_etcd *etcd, struct store_etcd_job *job)
{
    DL_APPEND(etcd->jobs, job);
    start(etcd);
}

// ---- What the interface asks for

static int etcd_load(struct store *store, struct record_list *records, struct store_state *state,
    struct error *error)
{
    (void)error;
    struct store_etcd *etcd = etcd_of(store);
    for (size_t i = 0; i < etcd->records.count; i++)
        record_list_add(records, etcd->records.items[i]);
    etcd->records.count = 0; // they are the caller's
    state->fresh = etcd->fresh;
    for (size_t i = 0; i < etcd->settings.count; i++)
        tag_list_set(&state->settings, etcd->settings.items[i].key, etcd->settings.items[i].value);
    return 0;
}

static void etcd_commit(
    struct store *store, struct store_batch *batch, store_committed *callback, void *data)
{
    struct store_etcd_job *job = memory_new(1, sizeof(*job));
    job->batch = batch;
    job->committed = callback;
    job->data = data;
    add_job(etcd_of(store), job);
}

static void etcd_history(
    struct store *store, const char *name, size_t limit, store_history_read *callback, void *data)
{
    struct store_etcd_job *job = memory_new(1, sizeof(*job));
    job->name = memory_text(name);
    job->limit = limit;
    job->read = callback;
    job->data = data;
    add_job(etcd_of(store), job);
}

static void etcd_close(struct store *store)
{
    struct store_etcd *etcd = etcd_of(store);
    etcd->closing = true;
    etcd->opened = NULL;
    close_if_done(etcd);
}

static const struct store_operations operations = {
    .load = etcd_load,
    .commit = etcd_commit,
    .history = etcd_history,
    .close = etcd_close,
};

// ---- Beginning and being deposed

struct store *store_etcd_open(uv_loop_t *loop, const struct store_etcd_options *options,
    store_etcd_opened *opened, void *data)
{
    struct store_etcd *etcd = memory_new(1, sizeof(*etcd));
    etcd->store.operations = &operations;
    etcd->cluster = options->cluster;
    etcd->prefix = memory_text(options->prefix);
    etcd->leader_key = memory_format("%sleader", options->prefix);
    etcd->commit_key = memory_format("%scommit", options->prefix);
    etcd->fence = options->fence;
    etcd->timeout_ms = options->timeout_ms;
    etcd->opened = opened;
    etcd->opened_data = data;
    uv_timer_init(loop, &etcd->turn);
    etcd->turn.data = etcd;
    start(etcd);
    return &etcd->store;
}

void store_etcd_depose(struct store *store)
{
    struct store_etcd *etcd = etcd_of(store);
    etcd->deposed = true;
    etcd->opened = NULL;
    cluster_forget(etcd->cluster, etcd);
    if (etcd->jobs != NULL)
        start(etcd);
}

bool store_etcd_deposed(const struct store *store)
{
    return ((const struct store_etcd *)(const void *)store)->deposed;
}
