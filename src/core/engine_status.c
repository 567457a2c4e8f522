// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/instant.h"

bool engine_knows(const struct engine *engine, const char *name)
{
    return engine_find(engine, name) != NULL;
}

// Those that wait for a person, or for an image that is not ours to bring about.
static size_t count_waiting(const struct engine *engine)
{
    const size_t *pending = engine->counts[STATE_PENDING];
    return pending[REASON_AWAITING_APPROVAL] + pending[REASON_SUSPENDED] +
           pending[REASON_WAITING_FOR_SOURCE];
}

static size_t count_state(const struct engine *engine, enum image_state state)
{
    size_t count = 0;
    for (size_t reason = 0; reason < REASON_COUNT; reason++)
        count += engine->counts[state][reason];
    return count;
}

bool engine_settled(const struct engine *engine)
{
    if (engine_busy(engine) || !engine->directory_read || engine->writing > 0 ||
        engine->waiting.count > 0 || engine->observing > 0 ||
        count_state(engine, STATE_PENDING) > count_waiting(engine))
        return false;
    return engine->listed.asked_ms >= 0 || engine->api_fault != NULL;
}

static struct image_status status_of(const struct engine *engine, const struct managed *managed)
{
    const struct view_image *seen = managed->presence == PRESENCE_PRESENT
                                        ? view_find(engine->view, managed->record->image_id)
                                        : NULL;
    return (struct image_status){
        .record = managed->record,
        .declaration = managed->declaration,
        .invalid = managed->invalid,
        .live = seen == NULL ? NULL : seen->image,
        .declared = managed->declared,
        .in_flight = managed->phase != PHASE_REST,
        .next_ms = managed->timer.position == 0 ? INSTANT_NEVER : managed->timer.due_ms,
        .pending_since_wall_ms = managed->pending_since_wall_ms,
    };
}

struct walk {
    const struct engine *engine;
    void (*visit)(const struct image_status *status, void *data);
    void *data;
};

static void visit_ordered(void *item, void *data)
{
    const struct walk *walk = data;
    struct image_status status = status_of(walk->engine, item);
    walk->visit(&status, walk->data);
}

size_t engine_each_after(const struct engine *engine, const char *after, size_t limit,
    void (*visit)(const struct image_status *status, void *data), void *data)
{
    struct walk walk = {engine, visit, data};
    return name_order_walk(engine->by_name, after, limit, visit_ordered, &walk);
}

void engine_each(const struct engine *engine,
    void (*visit)(const struct image_status *status, void *data), void *data)
{
    engine_each_after(engine, NULL, SIZE_MAX, visit, data);
}

bool engine_status(const struct engine *engine, const char *name, struct image_status *status)
{
    const struct managed *managed = engine_find(engine, name);
    if (managed == NULL)
        return false;
    *status = status_of(engine, managed);
    return true;
}

void engine_differences(const struct engine *engine, const char *name, struct difference_list *out)
{
    struct managed *managed = engine_find(engine, name);
    const struct view_image *seen = managed == NULL
                                        ? NULL
                                        : view_find(engine->view, managed->record->image_id);
    if (seen == NULL || managed->declaration == NULL)
        return;
    struct declared declared = declaration_open(managed->declaration);
    struct policy policy = policy_of(&declared.lifecycle, &engine->defaults);
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    struct image live = image_open(seen->image);
    image_diff(&wanted.image, &live, policy.tags_policy == TAGS_POLICY_EXACT, out);
    wanted_deinit(&wanted);
}

uint64_t engine_revision(const struct engine *engine)
{
    return engine->revision;
}

struct engine_summary engine_summary(const struct engine *engine)
{
    struct engine_summary summary = {
        .total = engine->managed.count,
        .declarations = catalogue_counts(engine->catalogue),
        .directory_fault = engine->directory_fault,
        .api_fault = engine->api_fault,
        .record_fault = engine->record_fault,
        .directory_read = engine->directory_read,
        .cloud_listed = engine->listed.asked_ms >= 0,
        .listed_ms = engine->listed.asked_ms,
        .revision = engine->revision,
    };
    memcpy(summary.counts, engine->counts, sizeof(summary.counts));
    for (enum image_state state = 0; state < STATE_COUNT; state++) {
        summary.states[state] = count_state(engine, state);
        summary.awaiting_approval += engine->counts[state][REASON_AWAITING_APPROVAL];
    }
    return summary;
}
