// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "imaged/counters.h"

// Attempts whose answer was lost count for nothing but themselves: they are remembered apart.
static bool was_tried(const struct record *record, enum operation operation)
{
    return record->attempts > 0 || record->failed_builds > 0 ||
           (operation == OPERATION_CREATE_IMAGE && record->lost_wall_ms != 0);
}

static void count_request(struct counters *counters, const struct request *request,
    const struct engine *engine, struct instant now)
{
    struct image_status status;
    if (request->operation == OPERATION_LIST_IMAGES)
        counters->resync_asked_ms = now.monotonic_ms;
    if (operation_is_write(request->operation) && request->name != NULL &&
        engine_status(engine, request->name, &status) &&
        was_tried(status.record, request->operation))
        counters->retries++;
}

void counters_effects(struct counters *counters, const struct effects *effects,
    const struct engine *engine, struct instant now)
{
    for (size_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_HISTORY)
            counters->changes[effect->history->state][effect->history->reason]++;
        if (effect->kind == EFFECT_REPORT)
            counters_event(counters, effect->report.kind);
        if (effect->kind == EFFECT_REQUEST)
            count_request(counters, effect->request, engine, now);
    }
}

void counters_event(struct counters *counters, enum report_kind kind)
{
    counters->events[kind]++;
}

void counters_answer(struct counters *counters, const struct answer *answer, struct instant now)
{
    if (answer->operation != OPERATION_LIST_IMAGES || counters->resync_asked_ms == 0)
        return;
    if (answer->outcome == OUTCOME_OK) {
        histogram_observe(
            &counters->resyncs, (double)(now.monotonic_ms - counters->resync_asked_ms) / 1000);
        counters->resync_done_wall_ms = now.wall_ms;
    }
    counters->resync_asked_ms = 0;
}
