// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "imaged/recorder.h"

#define FIRST_WAIT_MS   500
#define LONGEST_WAIT_MS 30000
#define BEHIND_CHANGES  4096 // some megabytes

struct recorder {
    struct store *store;
    struct store_batch *batch; // not committed yet
    uint64_t batch_serial;
    uint64_t committing_serial;
    bool committing;
    bool closing;
    uint64_t wait_ms;   // before the next attempt after a failure
    uv_prepare_t flush; // runs before the loop waits: the end of a turn
    uv_timer_t retry;
    recorder_told *told;
    void *data;
    void (*closed)(void *data);
    void *closed_data;
    int open_handles;
    uint64_t committing_since; // uv_hrtime
    struct recorder_statistics statistics;
};

static void commit(struct recorder *recorder);

static void committed(struct store_batch *failed, const struct error *error, void *data);

struct recorder *recorder_new(uv_loop_t *loop, struct store *store, recorder_told *told, void *data)
{
    struct recorder *recorder = memory_new(1, sizeof(*recorder));
    recorder->store = store;
    recorder->batch = store_batch_new();
    recorder->told = told;
    recorder->data = data;
    recorder->wait_ms = FIRST_WAIT_MS;
    uv_prepare_init(loop, &recorder->flush);
    uv_timer_init(loop, &recorder->retry);
    uv_unref((uv_handle_t *)&recorder->flush);
    recorder->flush.data = recorder;
    recorder->retry.data = recorder;
    recorder->open_handles = 2;
    return recorder;
}

static void turn_ended(uv_prepare_t *prepare)
{
    struct recorder *recorder = prepare->data;
    uv_prepare_stop(prepare);
    commit(recorder);
}

static void retry_due(uv_timer_t *timer)
{
    commit(timer->data);
}

void recorder_take(struct recorder *recorder, struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->items[i];
        switch (effect->kind) {
        case EFFECT_SAVE:
            store_batch_record(recorder->batch, effect->record);
            break;
        case EFFECT_FORGET:
            store_batch_forget(recorder->batch, effect->name);
            break;
        case EFFECT_HISTORY:
            store_batch_history(recorder->batch, effect->history);
            effect->history = NULL;
            break;
        case EFFECT_SETTING:
            store_batch_set(recorder->batch, effect->setting.key, effect->setting.value);
            break;
        case EFFECT_REQUEST:
        case EFFECT_REPORT:
            break;
        }
    }
    if (effects->serial == 0)
        return;
    recorder->batch_serial = effects->serial;
    if (!recorder->closing)
        uv_prepare_start(&recorder->flush, turn_ended);
}

static void commit(struct recorder *recorder)
{
    if (recorder->committing || store_batch_is_empty(recorder->batch))
        return;
    struct store_batch *batch = recorder->batch;
    recorder->batch = store_batch_new();
    recorder->committing = true;
    recorder->committing_serial = recorder->batch_serial;
    recorder->committing_since = uv_hrtime();
    store_commit(recorder->store, batch, committed, recorder);
}

static void close_store(struct recorder *recorder);

static void count(struct recorder *recorder, bool durable)
{
    if (durable)
        histogram_observe(
            &recorder->statistics.waits, (double)(uv_hrtime() - recorder->committing_since) / 1e9);
    else
        recorder->statistics.failures++;
}

static void committed(struct store_batch *failed, const struct error *error, void *data)
{
    struct recorder *recorder = data;
    recorder->committing = false;
    count(recorder, error == NULL);
    if (error != NULL) {
        store_batch_append(failed, recorder->batch); // the older changes stay before the newer ones
        recorder->batch = failed;
        recorder->told(0, error, recorder->data);
    } else {
        recorder->told(recorder->committing_serial, NULL, recorder->data);
    }
    if (recorder->closing && (error != NULL || store_batch_is_empty(recorder->batch))) {
        close_store(recorder);
    } else if (error != NULL) {
        uv_timer_start(&recorder->retry, retry_due, recorder->wait_ms, 0);
        recorder->wait_ms = recorder->wait_ms * 2 < LONGEST_WAIT_MS ? recorder->wait_ms * 2
                                                                    : LONGEST_WAIT_MS;
    } else {
        recorder->wait_ms = FIRST_WAIT_MS;
        commit(recorder); // what came meanwhile
    }
}

bool recorder_is_behind(const struct recorder *recorder)
{
    return recorder->committing && recorder->wait_ms == FIRST_WAIT_MS &&
           store_batch_size(recorder->batch) >= BEHIND_CHANGES;
}

bool recorder_idle(const struct recorder *recorder)
{
    return !recorder->committing && store_batch_is_empty(recorder->batch);
}

const struct recorder_statistics *recorder_statistics(const struct recorder *recorder)
{
    return &recorder->statistics;
}

struct store *recorder_store(const struct recorder *recorder)
{
    return recorder->store;
}

static void handle_closed(uv_handle_t *handle)
{
    struct recorder *recorder = handle->data;
    if (--recorder->open_handles > 0)
        return;
    void (*closed)(void *) = recorder->closed;
    void *data = recorder->closed_data;
    free(recorder);
    if (closed != NULL)
        closed(data);
}

static void close_store(struct recorder *recorder)
{
    store_batch_free(recorder->batch);
    recorder->batch = NULL;
    store_close(recorder->store);
    uv_close((uv_handle_t *)&recorder->flush, handle_closed);
    uv_close((uv_handle_t *)&recorder->retry, handle_closed);
}

void recorder_close(struct recorder *recorder, void (*closed)(void *data), void *data)
{
    if (recorder == NULL) {
        if (closed != NULL)
            closed(data);
        return;
    }
    recorder->closed = closed;
    recorder->closed_data = data;
    recorder->closing = true;
    uv_prepare_stop(&recorder->flush);
    uv_timer_stop(&recorder->retry);
    if (recorder->committing)
        return; // committed() goes on
    if (store_batch_is_empty(recorder->batch))
        close_store(recorder);
    else
        commit(recorder);
}
