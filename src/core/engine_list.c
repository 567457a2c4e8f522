// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
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

static bool is_lost_copy(struct managed *managed)
{
    if (managed->record->intent != INTENT_CREATE || managed->phase != PHASE_REST)
        return false;
    const struct declaration *made_from = managed_made_from(managed);
    return made_from != NULL && made_from->source == SOURCE_IMAGE;
}

// ---- Steps: each over all images, so many a turn

// Images that come while a step walks, or go, are seen by those behind them, or not: that decides
// nothing, for whatever else was learned of an image meanwhile counts as newer than the list.
static bool walk(struct engine *engine, size_t limit,
    void (*visit)(struct engine *engine, struct managed *managed))
{
    struct image_walk *walk = &engine->listing.walk;
    if (!walk->active)
        engine_walk_begin(walk);
    return engine_walk(engine, walk, limit, visit);
}

static void count(struct engine *engine, struct managed *managed)
{
    struct listing *listing = &engine->listing;
    if (view_find(engine->view, managed->record->image_id) != NULL)
        listing->ours++;
    if (is_lost_copy(managed))
        listing->lost_copies++;
    if (!is_tracked(managed) || is_young(engine, managed))
        return;
    listing->tracked++;
    if (engine_sighting(engine, managed, &listing->asked) == SIGHTING_LACKING)
        listing->missing++;
}

// A list in which all, or many, of our images vanished at once, or all there are, tells of an API
// that is unwell, not of images (cases, 15 and 37); so does one that lacks even what is being
// copied, when it is asked whether a copy was made. Returns what to say of it, or NULL.
static char *judge_list(struct engine *engine)
{
    const struct listing *listing = &engine->listing;
    size_t seen = view_count(engine->view);
    bool others = seen > listing->ours; // before
    bool all = listing->missing >= 2 && listing->missing == listing->tracked;
    bool many = listing->missing >= 5 && listing->missing * 2 > listing->tracked;
    if (listing->images.count > 0)
        engine->emptiness_accepted = false;
    else if ((others || listing->lost_copies > 0) && !engine->emptiness_accepted)
        return memory_format(
            "the list of images is empty, though %s: taken for a fault of the API, what was known "
            "stands; if the cloud is really empty, `imagectl retry --all` has that believed",
            others ? "it showed others than ours before" : "it must have what is being copied");
    if (!all && !many)
        return NULL;
    return memory_format(
        "the list of images lacks %zu of our %zu images at once (it shows %zu in all): taken for a "
        "fault of the API, what was known before stands; if they are really gone, `imagectl retry` "
        "makes them again one by one",
        listing->missing, listing->tracked, listing->images.count);
}

static void take(struct engine *engine, struct managed *managed)
{
    engine_prune_previous(engine, managed);
    if (managed->record->image_id == NULL || managed->phase != PHASE_REST)
        return;
    enum sighting what = engine_sighting(engine, managed, &engine->listing.asked);
    if (what == SIGHTING_SHOWN) {
        engine_see_shown(engine, managed);
    } else if (what == SIGHTING_LACKING &&
               (engine_is_expected_to_go(managed) || !is_young(engine, managed))) {
        engine_miss_in_list(engine, managed);
    }
}

// What the list did not show of ours is still known as it was: others decide what becomes of it.
static void keep(struct engine *engine, struct managed *managed)
{
    struct view_image *seen = view_find(engine->view, managed->record->image_id);
    if (seen != NULL && seen->order < engine->listing.asked.id)
        seen->order = engine->listing.asked.id;
}

// ---- From answer to end

static int64_t jittered(struct engine *engine, int64_t around_ms)
{
    int64_t spread = around_ms / 5;
    return around_ms - spread / 2 + (int64_t)random_below(&engine->random, (uint64_t)spread + 1);
}

static void finish(struct engine *engine)
{
    engine_drop_listing(engine);
    engine->list_at_ms = engine->now.monotonic_ms + jittered(engine, engine->options.resync_ms);
    engine_queue_all(engine);
}

static void fail(struct engine *engine, const struct answer *answer)
{
    int64_t wait = backoff_delay(
        ++engine->list_failures, BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS, &engine->random);
    engine->list_at_ms = engine->now.monotonic_ms +
                         (wait > answer->retry_after_ms ? wait : answer->retry_after_ms);
    engine->listing.stage = LISTING_NONE;
    engine_queue_all(engine);
}

void engine_listed(
    struct engine *engine, const struct outstanding *outstanding, struct answer *answer)
{
    struct listing *listing = &engine->listing;
    if (answer->outcome != OUTCOME_OK) {
        fail(engine, answer);
        return;
    }
    engine->list_failures = 0;
    engine->list_asked = false;
    listing->stage = LISTING_IMAGES;
    listing->asked = (struct outstanding){.id = outstanding->id, .asked_ms = outstanding->asked_ms};
    listing->images = answer->images;
    answer->images = (struct image_list){0};
}

static bool take_images(struct engine *engine, size_t limit)
{
    struct listing *listing = &engine->listing;
    for (; limit > 0 && listing->images_taken < listing->images.count; limit--) {
        struct packed **image = &listing->images.items[listing->images_taken++];
        engine_take_image(engine, &listing->asked, *image);
        *image = NULL;
    }
    return listing->images_taken == listing->images.count;
}

static enum listing_stage judge(struct engine *engine)
{
    char *fault = judge_list(engine);
    bool well = fault == NULL;
    engine_set_api_fault(engine, fault);
    free(fault);
    return well ? LISTING_TAKE : LISTING_END;
}

// In one piece: what an older question brings in between would be swept away, and be ours.
static void sweep(struct engine *engine)
{
    const struct outstanding *asked = &engine->listing.asked;
    walk(engine, SIZE_MAX, keep);
    view_drop_older(engine->view, asked->id);
    engine->listed = (struct look){asked->asked_ms, asked->id};
}

bool engine_takes_list(const struct engine *engine)
{
    return engine->listing.stage > LISTING_ASKED;
}

void engine_take_list(struct engine *engine, size_t limit)
{
    struct listing *listing = &engine->listing;
    switch (listing->stage) {
    case LISTING_NONE:
    case LISTING_ASKED:
        break;
    case LISTING_IMAGES:
        if (take_images(engine, limit))
            listing->stage = LISTING_COUNT;
        break;
    case LISTING_COUNT:
        if (walk(engine, limit, count))
            listing->stage = judge(engine);
        break;
    case LISTING_TAKE:
        if (walk(engine, limit, take))
            listing->stage = LISTING_SWEEP;
        break;
    case LISTING_SWEEP:
        sweep(engine);
        listing->stage = LISTING_END;
        break;
    case LISTING_END:
        finish(engine);
        break;
    }
}

void engine_drop_listing(struct engine *engine)
{
    image_list_deinit(&engine->listing.images);
    free(engine->listing.walk.last);
    engine->listing = (struct listing){0};
}
