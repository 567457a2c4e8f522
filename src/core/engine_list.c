// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/engine_state.h"
#include "core/memory.h"

#define YOUNG_MS (60 * 1000) // a new image may take that long to appear in lists

static bool is_tracked(const struct managed *managed)
{
    return managed->record->image_id != NULL && managed->phase == PHASE_REST &&
           (managed->presence == PRESENCE_PRESENT || managed->presence == PRESENCE_UNSEEN);
}

static bool is_young(const struct engine *engine, const struct managed *managed)
{
    return !managed->seen_by_read &&
           engine_server_ms(engine) - managed->record->made_wall_ms < YOUNG_MS;
}

// A list in which all, or many, of our images vanished at once, or all there are, tells of an API
// that is unwell, not of images (cases, 15 and 37). Returns what to say of it, or NULL.
static char *judge_list(struct engine *engine, const struct outstanding *outstanding, size_t listed)
{
    size_t tracked = 0;
    size_t missing = 0;
    size_t others = view_count(engine->view); // that were seen before and are not ours
    struct managed *managed = NULL;
    struct managed *next = NULL;
    HASH_ITER(hh, engine->managed, managed, next)
    {
        if (view_find(engine->view, managed->record->image_id) != NULL)
            others--;
        if (!is_tracked(managed) || is_young(engine, managed))
            continue;
        tracked++;
        missing += engine_sighting(engine, managed, outstanding) == SIGHTING_LACKING ? 1 : 0;
    }
    bool all = missing >= 2 && missing == tracked;
    bool many = missing >= 5 && missing * 2 > tracked;
    if (listed > 0)
        engine->emptiness_accepted = false;
    else if (others > 0 && !engine->emptiness_accepted)
        return memory_format(
            "the list of images is empty, though it showed others than ours before: taken for a "
            "fault of the API, what was known stands; if the cloud is really empty, `imagectl "
            "retry --all` has that believed");
    if (!all && !many)
        return NULL;
    return memory_format(
        "the list of images lacks %zu of our %zu images at once (it shows %zu in all): taken for a "
        "fault of the API, what was known before stands; if they are really gone, `imagectl retry` "
        "makes them again one by one",
        missing, tracked, listed);
}

static void take_list(struct engine *engine, const struct outstanding *outstanding)
{
    struct managed *managed = NULL;
    struct managed *next = NULL;
    HASH_ITER(hh, engine->managed, managed, next)
    {
        engine_prune_previous(engine, managed);
        if (managed->record->image_id == NULL || managed->phase != PHASE_REST)
            continue;
        enum sighting what = engine_sighting(engine, managed, outstanding);
        if (what == SIGHTING_SHOWN) {
            engine_see_shown(engine, managed);
        } else if (what == SIGHTING_LACKING &&
                   (engine_is_expected_to_go(managed) || !is_young(engine, managed))) {
            engine_miss_in_list(engine, managed);
        }
    }
}

// What the list did not show of ours is still known as it was: others decide what becomes of it.
static void keep_tracked(struct engine *engine, const struct outstanding *outstanding)
{
    struct managed *managed = NULL;
    struct managed *next = NULL;
    HASH_ITER(hh, engine->managed, managed, next)
    {
        struct view_image *seen = view_find(engine->view, managed->record->image_id);
        if (seen != NULL && seen->order < outstanding->id)
            seen->order = outstanding->id;
    }
}

static int64_t jittered(struct engine *engine, int64_t around_ms)
{
    int64_t spread = around_ms / 5;
    return around_ms - spread / 2 + (int64_t)random_below(&engine->random, (uint64_t)spread + 1);
}

void engine_listed(
    struct engine *engine, const struct outstanding *outstanding, struct answer *answer)
{
    engine->listing = false;
    if (answer->outcome != OUTCOME_OK) {
        int64_t wait = backoff_delay(
            ++engine->list_failures, BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS, &engine->random);
        engine->list_at_ms = engine->now.monotonic_ms +
                             (wait > answer->retry_after_ms ? wait : answer->retry_after_ms);
        engine_queue_all(engine);
        return;
    }
    engine->list_failures = 0;
    size_t count = answer->images.count;
    engine_take_images(engine, outstanding, answer);
    char *fault = judge_list(engine, outstanding, count);
    engine_set_api_fault(engine, fault);
    if (fault == NULL) {
        take_list(engine, outstanding);
        keep_tracked(engine, outstanding);
        view_drop_older(engine->view, outstanding->id);
        engine->listed = (struct look){outstanding->asked_ms, outstanding->id};
    }
    free(fault);
    engine->list_at_ms = engine->now.monotonic_ms + jittered(engine, engine->options.resync_ms);
    engine_queue_all(engine);
}
