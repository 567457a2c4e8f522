// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Commits: the changes of a batch as operations, in as few transactions as etcd's limits allow,
// each behind the one before.
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/memory.h"
#include "io/store_etcd_internal.h"
#include "io/store_etcd_text.h"

// etcd's limits are 128 operations and 1.5 MiB, and both can be set lower by nobody in their right
// mind. One larger operation goes alone, and is for etcd to judge.
#define OPERATION_LIMIT 120
#define BYTE_LIMIT      ((size_t)1024 * 1024)

char *store_etcd_next_id(struct store_etcd *etcd)
{
    return memory_format("%" PRId64 "-%" PRIu64, etcd->fence, etcd->last_id++);
}

json_t *store_etcd_guard(const struct store_etcd *etcd)
{
    return etcd_if_created(etcd->leader_key, etcd->fence);
}

json_t *store_etcd_otherwise(const struct store_etcd *etcd)
{
    return json_pack("[o, o]", etcd_read(etcd->leader_key), etcd_read(etcd->commit_key));
}

static bool read_one(const json_t *body, size_t index, struct etcd_entries *entries)
{
    struct error error = {0};
    return etcd_entries_read(etcd_transaction_read(body, index), entries, &error) == 0 &&
           entries->count == 1;
}

bool store_etcd_read_guard(const struct store_etcd *etcd, const json_t *body, char **head)
{
    struct etcd_entries leader = {0};
    struct etcd_entries commit = {0};
    bool ours = read_one(body, 0, &leader) && leader.items[0].create_revision == etcd->fence;
    *head = read_one(body, 1, &commit) ? memory_text(commit.items[0].value) : NULL;
    etcd_entries_deinit(&leader);
    etcd_entries_deinit(&commit);
    return !ours;
}

// ---- The operations of a batch

void store_etcd_writes_free(struct store_etcd_job *job)
{
    for (size_t i = 0; i < job->write_count; i++)
        json_decref(job->writes[i].operation);
    free(job->writes);
    job->writes = NULL;
    job->write_count = 0;
}

static void add_put(struct store_etcd_job *job, const char *key, const char *value)
{
    job->writes[job->write_count++] = (struct store_etcd_write){
        .operation = etcd_put(key, value, 0),
        .bytes = strlen(key) + strlen(value),
    };
}

static void add_delete(struct store_etcd_job *job, const char *key)
{
    job->writes[job->write_count++] = (struct store_etcd_write){
        .operation = etcd_delete(key, NULL),
        .bytes = strlen(key),
    };
}

// A row keeps its number when its batch is committed once more: the same key, and no second row.
static void add_row(
    struct store_etcd *etcd, struct store_etcd_job *job, struct store_change *change)
{
    if (change->number == 0)
        change->number = ++etcd->last_row;
    CLEANUP(memory_free_text)
    char *key = store_etcd_row_key(etcd->prefix, change->row, etcd->fence, change->number);
    CLEANUP(memory_free_text) char *value = store_etcd_write_row(change->row);
    add_put(job, key, value);
    etcd->sweep.rows++;
    if (change->row->wall_ms > etcd->sweep.newest_ms)
        etcd->sweep.newest_ms = change->row->wall_ms;
}

static int add_change(struct store_etcd *etcd, struct store_etcd_job *job,
    struct store_change *change, struct error *error)
{
    if (change->kind == STORE_HISTORY) {
        add_row(etcd, job, change);
        return 0;
    }
    const char *group = change->kind == STORE_SETTING ? "setting" : "image";
    CLEANUP(memory_free_text) char *key = store_etcd_key(etcd->prefix, group, change->key);
    CLEANUP(memory_free_text) char *value = NULL;
    if (change->kind == STORE_RECORD) {
        value = store_etcd_write_record(change->record, error);
        if (value == NULL)
            return -1;
    } else if (change->kind == STORE_SETTING) {
        value = memory_text(change->value);
    }
    if (value == NULL)
        add_delete(job, key);
    else
        add_put(job, key, value);
    return 0;
}

// Where a change goes among the transactions of a large batch: brakes first, then intents, then
// what is only told.
static unsigned place_of(enum store_change_kind kind)
{
    static const unsigned places[] = {
        [STORE_SETTING] = 0, [STORE_RECORD] = 1, [STORE_FORGET] = 1, [STORE_HISTORY] = 2};
    return places[kind];
}

static int make_writes(struct store_etcd *etcd, struct store_etcd_job *job, struct error *error)
{
    struct store_change *change;
    size_t count = 0;
    DL_FOREACH(job->batch->changes, change) {
        count++;
    }
    job->writes = memory_new(count, sizeof(*job->writes));
    for (unsigned place = 0; place <= 2; place++) {
        DL_FOREACH(job->batch->changes, change) {
            if (place_of(change->kind) == place && add_change(etcd, job, change, error) != 0)
                return -1;
        }
    }
    return 0;
}

// ---- Transactions

static void send_next(struct store_etcd *etcd);

static void transaction_stored(struct store_etcd *etcd)
{
    struct store_etcd_job *job = etcd->running;
    free(etcd->head);
    etcd->head = job->id;
    job->id = NULL;
    job->written += job->sent;
    if (job->written < job->write_count) {
        send_next(etcd);
        return;
    }
    store_etcd_finish(etcd, NULL);
    store_etcd_sweep_if_due(etcd);
}

// A transaction of ours whose answer was lost had been written after all: go on behind it. That of
// this very content when the id is this one.
static bool catch_up(struct store_etcd *etcd, const char *head)
{
    char own[32];
    int length = snprintf(own, sizeof(own), "%" PRId64 "-", etcd->fence);
    if (head == NULL || strncmp(head, own, (size_t)length) != 0 || strcmp(head, etcd->head) == 0)
        return false;
    if (strcmp(head, etcd->running->id) == 0) {
        transaction_stored(etcd);
        return true;
    }
    memory_replace_text(&etcd->head, head);
    send_next(etcd);
    return true;
}

static void transaction_refused(struct store_etcd *etcd, const json_t *body)
{
    struct error error = {0};
    CLEANUP(memory_free_text) char *head = NULL;
    if (store_etcd_read_guard(etcd, body, &head))
        store_etcd_found_deposed(etcd, &error);
    else if (catch_up(etcd, head))
        return;
    else
        error_set(&error, ERROR_CORRUPT,
            "somebody else has changed the record in etcd: %s is \"%s\" and not \"%s\"",
            etcd->commit_key, head == NULL ? "" : head, etcd->head);
    store_etcd_finish(etcd, &error);
}

static void transaction_answered(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct error explained;
    if (error != NULL)
        store_etcd_finish(etcd, store_etcd_explain(error, "writing", &explained));
    else if (json_is_true(json_object_get(body, "succeeded")))
        transaction_stored(etcd);
    else
        transaction_refused(etcd, body);
}

static void send_next(struct store_etcd *etcd)
{
    struct store_etcd_job *job = etcd->running;
    size_t bytes = 0;
    free(job->id);
    job->id = store_etcd_next_id(etcd);
    json_t *operations = json_pack("[o]", etcd_put(etcd->commit_key, job->id, 0));
    for (job->sent = 0; job->sent < OPERATION_LIMIT; job->sent++) {
        size_t at = job->written + job->sent;
        if (at == job->write_count || (job->sent > 0 && bytes + job->writes[at].bytes > BYTE_LIMIT))
            break;
        bytes += job->writes[at].bytes;
        json_array_append(operations, job->writes[at].operation);
    }
    json_t *conditions = json_pack(
        "[o, o]", store_etcd_guard(etcd), etcd_if_value(etcd->commit_key, etcd->head));
    store_etcd_ask(etcd, "/v3/kv/txn",
        etcd_transaction(conditions, operations, store_etcd_otherwise(etcd)), transaction_answered);
}

void store_etcd_write_begin(struct store_etcd *etcd, struct store_etcd_job *job)
{
    struct error error = {0};
    if (make_writes(etcd, job, &error) != 0)
        store_etcd_finish(etcd, &error);
    else
        send_next(etcd);
}
