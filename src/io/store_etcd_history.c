// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reading history, and keeping it within bounds: from time to time all its keys are looked through,
// and what is too old or too much of an image is removed.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/store_etcd_internal.h"
#include "io/store_etcd_text.h"

#define DAY_MS         (INT64_C(24) * 60 * 60 * 1000)
#define PAGE           1000
#define DELETION_LIMIT 100
// A sweep reads all keys, so it comes again only when a good part of them is new.
#define SWEEP_ROWS  2000
#define SWEEP_PARTS 4

// ---- Reading

// Newest first: the place of a row ascends as rows are made.
static int by_place(const void *a, const void *b)
{
    const struct etcd_entry *const one = a;
    const struct etcd_entry *const other = b;
    const char *first = store_etcd_row_place(one->key);
    const char *second = store_etcd_row_place(other->key);
    return strcmp(second == NULL ? "" : second, first == NULL ? "" : first);
}

static int take_rows(struct store_etcd_job *job, struct error *error)
{
    struct etcd_entries *entries = &job->entries;
    if (entries->count > 1)
        qsort(entries->items, entries->count, sizeof(*entries->items), by_place);
    for (size_t i = 0; i < entries->count && i < job->limit; i++) {
        struct history_row *row = store_etcd_read_row(entries->items[i].value, error);
        if (row == NULL)
            return error_prefix(error, "the key %s", entries->items[i].key);
        history_list_add(&job->history, row);
    }
    return 0;
}

static void read_history(struct store_etcd *etcd, struct store_etcd_job *job);

static void history_answered(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct store_etcd_job *job = etcd->running;
    struct error found = {0};
    struct error explained;
    if (error == NULL && etcd_entries_read(body, &job->entries, &found) != 0)
        error = &found;
    if (error == NULL && job->from != NULL && job->entries.more && job->entries.count > 0) {
        free(job->from);
        job->from = memory_format("%s\x01", job->entries.items[job->entries.count - 1].key);
        read_history(etcd, job);
        return;
    }
    if (error == NULL && take_rows(job, &found) != 0)
        error = &found;
    store_etcd_finish(etcd, store_etcd_explain(error, "reading the history of", &explained));
}

// What the keys of an image's rows begin with, or those of all.
static char *first_key(const struct store_etcd *etcd, const char *name)
{
    if (name == NULL)
        return memory_format("%shistory/", etcd->prefix);
    CLEANUP(memory_free_text) char *key = store_etcd_key(etcd->prefix, "history", name);
    return memory_format("%s/", key);
}

// In one sorted page, or by keys in many: etcd sorts all that there is for each page.
static void read_history(struct store_etcd *etcd, struct store_etcd_job *job)
{
    CLEANUP(memory_free_text) char *group = first_key(etcd, job->name);
    CLEANUP(memory_free_text) char *end = etcd_end_of(group);
    struct etcd_range range = {
        .key = job->from != NULL ? job->from : group,
        .end = end,
        .limit = job->from != NULL ? PAGE : job->limit,
        .order = job->from != NULL   ? ETCD_BY_KEY
                 : job->name == NULL ? ETCD_BY_CHANGE_LAST_FIRST
                                     : ETCD_BY_KEY_LAST_FIRST,
    };
    store_etcd_ask(etcd, "/v3/kv/range", etcd_range(&range), history_answered);
}

void store_etcd_history_begin(struct store_etcd *etcd, struct store_etcd_job *job)
{
    if (job->limit > PAGE)
        job->from = first_key(etcd, job->name);
    read_history(etcd, job);
}

// ---- Keeping it within bounds

static void forget_keys(struct store_etcd_sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++)
        free(sweep->keys[i]);
    sweep->count = 0;
}

void store_etcd_sweep_deinit(struct store_etcd_sweep *sweep)
{
    forget_keys(sweep);
    free(sweep->keys);
    free(sweep->from);
    json_decref(sweep->deletions);
    *sweep = (struct store_etcd_sweep){0};
}

// All keys of one image are there: the oldest go.
static void judge_keys(struct store_etcd_sweep *sweep)
{
    size_t gone = sweep->count > STORE_HISTORY_ROWS ? sweep->count - STORE_HISTORY_ROWS : 0;
    int64_t oldest_ms = sweep->newest_ms - STORE_HISTORY_DAYS * DAY_MS;
    while (gone < sweep->count && store_etcd_row_wall_ms(sweep->keys[gone]) < oldest_ms)
        gone++;
    if (gone > 0) {
        CLEANUP(memory_free_text) char *end = memory_format("%s\x01", sweep->keys[gone - 1]);
        json_array_append_new(sweep->deletions, etcd_delete(sweep->keys[0], end));
    }
    forget_keys(sweep);
}

static size_t name_length(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash == NULL ? 0 : (size_t)(slash - key);
}

static void take_key(struct store_etcd_sweep *sweep, char *key)
{
    if (sweep->count > 0) {
        size_t length = name_length(key);
        if (name_length(sweep->keys[0]) != length || memcmp(sweep->keys[0], key, length) != 0)
            judge_keys(sweep);
    }
    sweep->keys = memory_grow(sweep->keys, sweep->count, &sweep->capacity, sizeof(*sweep->keys));
    sweep->keys[sweep->count++] = key;
    sweep->seen++;
}

static void sweep_on(struct store_etcd *etcd);

static void end_sweep(struct store_etcd *etcd)
{
    struct store_etcd_sweep *sweep = &etcd->sweep;
    size_t part = sweep->seen / SWEEP_PARTS;
    sweep->due_at_rows = part > SWEEP_ROWS ? part : SWEEP_ROWS;
    sweep->running = false;
    forget_keys(sweep);
}

// A sweep that fails has its next chance as if it had gone well: nothing depends on it.
static void removed(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    if (error != NULL || !json_is_true(json_object_get(body, "succeeded")))
        end_sweep(etcd);
    else
        sweep_on(etcd);
}

static void keys_read(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct store_etcd_sweep *sweep = &etcd->sweep;
    struct etcd_entries entries = {0};
    struct error found = {0};
    if (error != NULL || etcd_entries_read(body, &entries, &found) != 0) {
        etcd_entries_deinit(&entries);
        end_sweep(etcd);
        return;
    }
    free(sweep->from);
    sweep->from = NULL;
    if (entries.more && entries.count > 0)
        sweep->from = memory_format("%s\x01", entries.items[entries.count - 1].key);
    for (size_t i = 0; i < entries.count; i++) {
        take_key(sweep, entries.items[i].key);
        entries.items[i].key = NULL;
    }
    etcd_entries_deinit(&entries);
    if (sweep->from == NULL)
        judge_keys(sweep);
    sweep_on(etcd);
}

// Removes what was found to be too much, some at a time, and then reads on.
static void remove_some(struct store_etcd *etcd)
{
    json_t *some = json_array();
    json_t *found = etcd->sweep.deletions;
    while (json_array_size(found) > 0 && json_array_size(some) < DELETION_LIMIT) {
        json_array_append(some, json_array_get(found, json_array_size(found) - 1));
        json_array_remove(found, json_array_size(found) - 1);
    }
    store_etcd_ask(etcd, "/v3/kv/txn",
        etcd_transaction(json_pack("[o]", store_etcd_guard(etcd)), some, json_array()), removed);
}

static void sweep_on(struct store_etcd *etcd)
{
    struct store_etcd_sweep *sweep = &etcd->sweep;
    if (json_array_size(sweep->deletions) > 0) {
        remove_some(etcd);
        return;
    }
    if (sweep->from == NULL) {
        end_sweep(etcd);
        return;
    }
    CLEANUP(memory_free_text) char *group = memory_format("%shistory/", etcd->prefix);
    CLEANUP(memory_free_text) char *end = etcd_end_of(group);
    struct etcd_range range = {.key = sweep->from, .end = end, .limit = PAGE, .keys_only = true};
    store_etcd_ask(etcd, "/v3/kv/range", etcd_range(&range), keys_read);
}

void store_etcd_sweep_if_due(struct store_etcd *etcd)
{
    struct store_etcd_sweep *sweep = &etcd->sweep;
    if (sweep->running || etcd->closing || etcd->deposed || sweep->rows == 0 ||
        sweep->rows < sweep->due_at_rows)
        return;
    sweep->running = true;
    sweep->rows = 0;
    sweep->seen = 0;
    free(sweep->from);
    sweep->from = memory_format("%shistory/", etcd->prefix);
    json_decref(sweep->deletions);
    sweep->deletions = json_array();
    sweep_on(etcd);
}
