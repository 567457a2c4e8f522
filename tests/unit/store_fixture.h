// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the tests of the store share: a directory of their own, a loop, and calls that wait for
// their callbacks.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "core/memory.h"
#include "core/record.h"
#include "io/store.h"
#include "io/store_sqlite.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    char directory[64];
    char path[96];
    struct store_batch *failed; // of the last commit, when it failed
    struct error error;         // of the last call
    unsigned answers;
};

static inline int set_up(void **state)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/imaged-store.XXXXXX");
    if (mkdtemp(fixture->directory) == NULL)
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/state.db", fixture->directory);
    *state = fixture;
    return uv_loop_init(&fixture->loop);
}

static inline int open_store(struct fixture *fixture)
{
    fixture->error = (struct error){0};
    return store_open_sqlite(&fixture->loop, fixture->path, &fixture->store, &fixture->error);
}

static inline void must_open(struct fixture *fixture)
{
    if (open_store(fixture) != 0)
        fail_msg("%s", fixture->error.message);
}

static inline void close_store(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    close_store(fixture);
    store_batch_free(fixture->failed);
    int result = uv_loop_close(&fixture->loop);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture->directory);
    if (system(command) != 0)
        result = -1;
    free(fixture);
    return result;
}

static inline void remember_commit(
    struct store_batch *failed, const struct error *error, void *data)
{
    struct fixture *fixture = data;
    store_batch_free(fixture->failed);
    fixture->failed = failed;
    fixture->error = error == NULL ? (struct error){0} : *error;
    fixture->answers++;
}

// Runs the loop until one more answer has come.
static inline void wait_for_answer(struct fixture *fixture)
{
    unsigned before = fixture->answers;
    while (fixture->answers == before)
        if (uv_run(&fixture->loop, UV_RUN_ONCE) == 0 && fixture->answers == before)
            fail_msg("the loop ended without an answer");
}

// 0, or -1 with the error in the fixture.
static inline int commit(struct fixture *fixture, struct store_batch *batch)
{
    store_commit(fixture->store, batch, remember_commit, fixture);
    wait_for_answer(fixture);
    return fixture->error.code == ERROR_NONE ? 0 : -1;
}

static inline void must_commit(struct fixture *fixture, struct store_batch *batch)
{
    if (commit(fixture, batch) != 0)
        fail_msg("%s", fixture->error.message);
}

static inline struct store_batch *batch_of_record(const char *name, const char *message)
{
    struct store_batch *batch = store_batch_new();
    struct record *record = record_new(name);
    memory_replace_text(&record->message, message);
    store_batch_record(batch, record);
    record_free(record);
    return batch;
}

static inline struct history_row *history_row(
    const char *name, int64_t wall_ms, const char *message)
{
    struct history_row *row = memory_new(1, sizeof(*row));
    row->name = memory_text(name);
    row->wall_ms = wall_ms;
    row->state = STATE_FAILED;
    row->reason = REASON_REJECTED;
    row->message = memory_text(message);
    return row;
}

// The whole record, to be freed with record_list_deinit and store_state_deinit.
static inline void load(
    struct fixture *fixture, struct record_list *records, struct store_state *state)
{
    *records = (struct record_list){0};
    *state = (struct store_state){0};
    if (store_load(fixture->store, records, state, &fixture->error) != 0)
        fail_msg("%s", fixture->error.message);
}

// The message of the record of this name, to be freed; NULL when there is none.
static inline char *stored_message(struct fixture *fixture, const char *name)
{
    struct record_list records;
    struct store_state state;
    char *message = NULL;
    load(fixture, &records, &state);
    for (size_t i = 0; i < records.count; i++)
        if (strcmp(records.items[i]->name, name) == 0)
            message = memory_text(records.items[i]->message);
    record_list_deinit(&records);
    store_state_deinit(&state);
    return message;
}
