// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/engine_state.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/repair.h"

// ---- Seeing

static void see_progress(struct engine *engine, struct managed *managed, const struct image *live)
{
    const struct engine_options *options = &engine->options;
    if (image_is_available(live)) {
        managed->poll_ms = 0;
        managed->pending_since_wall_ms = 0;
        return;
    }
    if (managed->pending_since_wall_ms == 0)
        managed->pending_since_wall_ms = managed->record->made_wall_ms != 0
                                             ? managed->record->made_wall_ms
                                             : engine->now.wall_ms;
    managed->poll_ms = managed->poll_ms == 0 ? options->pending_minimum_ms
                                             : managed->poll_ms + managed->poll_ms / 2;
    if (managed->poll_ms > options->pending_maximum_ms)
        managed->poll_ms = options->pending_maximum_ms;
    // On a common grid, so that images which are pending together are read together.
    int64_t grid = options->pending_minimum_ms < 1 ? 1 : options->pending_minimum_ms;
    int64_t due = engine->now.monotonic_ms + managed->poll_ms;
    managed->observe_at_ms = (due + grid - 1) / grid * grid;
}

void engine_see(struct engine *engine, struct managed *managed, const struct image *live)
{
    bool was_available = managed->available && managed->presence == PRESENCE_PRESENT;
    managed->presence = PRESENCE_PRESENT;
    managed->not_found = 0;
    managed->missing_since_ms = 0;
    managed->unlisted = false;
    managed->observe_failures = 0;
    see_progress(engine, managed, live);
    managed->available = image_is_available(live);
    if (managed->available && !was_available)
        engine_wake_dependents(engine, managed);
}

// Somebody else than us says that the repairs held: what is repaired from now on is a new
// difference.
static void forget_repairs(struct engine *engine, struct managed *managed, const struct image *live)
{
    if (managed->record->repaired == NULL || managed->declaration == NULL)
        return;
    struct difference_list differences = {0};
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    image_diff(&wanted.image, live, false, &differences);
    wanted_deinit(&wanted);
    if (!difference_list_has(&differences, CHANGE_IN_PLACE)) {
        memory_replace_text(&managed->record->repaired, NULL);
        managed->record->repairs = 0;
        managed->dirty = true;
    }
    difference_list_deinit(&differences);
}

// An end that we asked for ourselves takes less to be believed: one read, and the list. But not of
// an image that nobody has seen yet, which may only not be visible.
bool engine_is_expected_to_go(const struct managed *managed)
{
    return managed->seen_by_read && engine_deletion_asked(managed);
}

// An image that no longer shows, or not yet, is missing at first; it counts as gone when reads and
// a healthy full list agree about that for a while (design.md, section 5).
static void miss(struct engine *engine, struct managed *managed)
{
    bool asked = engine_is_expected_to_go(managed);
    if (managed->presence == PRESENCE_GONE)
        return;
    if (managed->presence != PRESENCE_MISSING) {
        managed->presence = PRESENCE_MISSING;
        managed->missing_since_ms = engine->now.monotonic_ms;
        managed->not_found = 0;
        managed->unlisted = false;
        managed->observe_at_ms = engine->now.monotonic_ms;
    }
    int64_t needed_ms = engine->options.gone_after_ms;
    if (!managed->seen_by_read) // perhaps not visible yet
        needed_ms += engine->options.ambiguity_window_ms;
    bool long_enough = asked || engine->now.monotonic_ms - managed->missing_since_ms >= needed_ms;
    bool often_enough = managed->not_found >= (asked ? 1 : GONE_READS);
    if (managed->unlisted && often_enough && long_enough)
        managed->presence = PRESENCE_GONE;
    else if (!managed->unlisted && often_enough)
        engine->list_at_ms = engine->now.monotonic_ms; // the reads agree; now the list
}

static void space_reads(struct engine *engine, struct managed *managed)
{
    managed->observe_at_ms = engine->now.monotonic_ms + engine->options.gone_after_ms / GONE_READS +
                             1;
}

void engine_miss(struct engine *engine, struct managed *managed)
{
    miss(engine, managed);
    if (managed->presence == PRESENCE_MISSING) {
        managed->not_found++;
        space_reads(engine, managed);
        miss(engine, managed);
    }
}

void engine_miss_in_list(struct engine *engine, struct managed *managed)
{
    miss(engine, managed);
    managed->unlisted = managed->presence == PRESENCE_MISSING;
    miss(engine, managed);
}

// ---- Taking in

void engine_take_image(
    struct engine *engine, const struct outstanding *outstanding, struct packed *image)
{
    struct image opened = image_open(image);
    if (image_is_deleted(&opened)) {
        view_drop(engine->view, opened.id);
        free(image);
    } else {
        view_put(engine->view, image, outstanding->asked_ms, outstanding->id);
    }
}

static void take_images(
    struct engine *engine, const struct outstanding *outstanding, struct answer *answer)
{
    for (size_t i = 0; i < answer->images.count; i++) {
        engine_take_image(engine, outstanding, answer->images.items[i]);
        answer->images.items[i] = NULL;
    }
    answer->images.count = 0;
}

enum sighting engine_sighting(
    struct engine *engine, const struct managed *managed, const struct outstanding *outstanding)
{
    const struct view_image *seen = view_find(engine->view, managed->record->image_id);
    if (seen == NULL || seen->order < outstanding->id)
        return SIGHTING_LACKING;
    return seen->order == outstanding->id ? SIGHTING_SHOWN : SIGHTING_OUTDATED;
}

// An image that is there long after its deletion was asked for was not deleted, and if it goes one
// day, that is somebody else's doing.
static void forget_deletion(struct engine *engine, struct managed *managed)
{
    struct record *record = managed->record;
    int64_t over_ms = managed->lost_ms + engine->options.ambiguity_window_ms;
    if (record->deleted_id == NULL || managed->phase != PHASE_REST ||
        engine->now.monotonic_ms < over_ms || strcmp(record->deleted_id, record->image_id) != 0)
        return;
    engine_spare_snapshots(engine, managed, record->image_id);
    memory_replace_text(&record->deleted_id, NULL);
    managed->dirty = true;
}

void engine_see_shown(struct engine *engine, struct managed *managed)
{
    const struct view_image *seen = view_find(engine->view, managed->record->image_id);
    struct image live = image_open(seen->image);
    managed->seen_by_read = true;
    engine_see(engine, managed, &live);
    forget_repairs(engine, managed, &live);
    forget_deletion(engine, managed);
}
void engine_set_api_fault(struct engine *engine, const char *text)
{
    engine_set_fault(engine, &engine->api_fault, text, REPORT_API_FAULT, REPORT_API_RECOVERED);
}

static void look_failed(struct engine *engine, struct managed *managed, const struct answer *answer)
{
    engine_observe_later(engine, managed);
    int64_t held_ms = engine->now.monotonic_ms + answer->retry_after_ms;
    if (managed->observe_at_ms < held_ms)
        managed->observe_at_ms = held_ms;
    if (managed->record->state == STATE_PENDING && managed->record->image_id == NULL)
        engine_show(engine, managed, STATE_PENDING,
            answer->outcome == OUTCOME_THROTTLED ? REASON_THROTTLED : REASON_RETRYING,
            answer->explanation == NULL ? "the API gave no usable answer" : answer->explanation);
}

// While a lost creation is looked for, the looks become rarer, up to a quarter of the window.
static void space_looks(struct engine *engine, struct managed *managed)
{
    int64_t longest = engine->options.ambiguity_window_ms / 4;
    managed->look_ms = managed->look_ms == 0 ? BACKOFF_MINIMUM_MS : managed->look_ms * 2;
    if (managed->look_ms > longest)
        managed->look_ms = longest < 1 ? 1 : longest;
    managed->observe_at_ms = engine->now.monotonic_ms + managed->look_ms;
    int64_t over_ms = managed->lost_ms + engine->options.ambiguity_window_ms;
    if (engine->now.monotonic_ms < over_ms && managed->observe_at_ms > over_ms)
        managed->observe_at_ms = over_ms;
}

// Images of the name that the look no longer shows are not there, but for ours, of which others
// decide.
static void drop_unseen_namesakes(
    struct engine *engine, const struct managed *managed, const char *name, uint64_t order)
{
    struct view_image *seen = view_named(engine->view, name);
    while (seen != NULL) {
        struct view_image *next = seen->next;
        if (seen->order < order && !record_names_image(managed->record, seen->id))
            view_drop(engine->view, seen->id);
        seen = next;
    }
}

static void looked(struct engine *engine, struct managed *managed,
    const struct outstanding *outstanding, const char *name)
{
    managed->looked = (struct look){outstanding->asked_ms, outstanding->id};
    managed->observe_failures = 0;
    if (managed->record->intent == INTENT_CREATE)
        space_looks(engine, managed);
    drop_unseen_namesakes(engine, managed, name, outstanding->id);
}

static void read_answered(struct engine *engine, struct managed *managed,
    const struct outstanding *outstanding, const struct answer *answer)
{
    bool single = outstanding->operation == OPERATION_READ_IMAGE;
    bool lacking = single ? answer->outcome == OUTCOME_NOT_FOUND : answer->outcome == OUTCOME_OK;
    enum sighting what = engine_sighting(engine, managed, outstanding);
    if (what == SIGHTING_OUTDATED)
        return;
    if (answer->outcome == OUTCOME_OK && what == SIGHTING_SHOWN)
        engine_see_shown(engine, managed);
    else if (lacking && single)
        engine_miss(engine, managed);
    else if (lacking)
        miss(engine, managed);
    else
        engine_observe_later(engine, managed);
}

// A fault comes with any look that fails, and goes with the next one that succeeds; but a list that
// lost our images is only made good by a list.
static void count_health(
    struct engine *engine, const struct outstanding *outstanding, const struct answer *answer)
{
    bool well = answer->outcome == OUTCOME_OK ||
                (answer->outcome == OUTCOME_NOT_FOUND &&
                    outstanding->operation == OPERATION_READ_IMAGE);
    if (well) {
        bool unreachable = engine->api_failures > 0;
        engine->api_failures = 0;
        if (unreachable && outstanding->operation != OPERATION_LIST_IMAGES)
            engine_set_api_fault(engine, NULL);
        return;
    }
    engine->api_failures++;
    if (answer->outcome != OUTCOME_THROTTLED)
        engine_set_api_fault(engine,
            answer->explanation == NULL ? "the API gave no usable answer" : answer->explanation);
}

// Whether the image, or its name, is still the one that was asked for.
static bool is_still_asked(
    const struct engine *engine, struct managed *managed, bool by_name, const char *target)
{
    if (!by_name)
        return managed->record->image_id != NULL && strcmp(managed->record->image_id, target) == 0;
    if (managed->declaration == NULL && managed->record->intent != INTENT_CREATE)
        return false;
    char *name = engine_name_target(engine, managed);
    bool same = strcmp(name, target) == 0;
    free(name);
    return same;
}

static void take_in(struct engine *engine, struct managed *managed,
    const struct outstanding *outstanding, struct answer *answer, const char *target)
{
    bool by_name = outstanding->operation == OPERATION_FIND_BY_NAME;
    engine_set_observing(engine, managed, false);
    engine_queue(engine, managed);
    if (target == NULL)
        engine_source_answered(engine, managed, answer);
    else if (!is_still_asked(engine, managed, by_name, target))
        return; // it means something else by now
    else if (!by_name)
        read_answered(engine, managed, outstanding, answer);
    else if (answer->outcome == OUTCOME_OK)
        looked(engine, managed, outstanding, target);
    else
        look_failed(engine, managed, answer);
}

// A query of many targets that the API calls too long is asked again in halves, at once; those to
// come are no longer either.
static void ask_in_halves(struct engine *engine, const struct outstanding *outstanding)
{
    size_t half = outstanding->targets.count / 2;
    if (half < engine->targets_limit)
        engine->targets_limit = half;
    for (size_t i = 0; i < outstanding->names.count; i++) {
        struct managed *managed = engine_find(engine, outstanding->names.items[i]);
        if (managed == NULL)
            continue;
        engine_set_observing(engine, managed, false);
        managed->observe_at_ms = engine->now.monotonic_ms;
        engine_queue(engine, managed);
    }
}

void engine_observed(struct engine *engine, struct outstanding *outstanding, struct answer *answer)
{
    if (answer->outcome == OUTCOME_TOO_LONG && outstanding->targets.count > 1) {
        ask_in_halves(engine, outstanding);
        return;
    }
    count_health(engine, outstanding, answer);
    if (outstanding->operation == OPERATION_LIST_IMAGES) {
        engine_listed(engine, outstanding, answer);
        return;
    }
    take_images(engine, outstanding, answer);
    for (size_t i = 0; i < outstanding->names.count; i++) {
        struct managed *managed = engine_find(engine, outstanding->names.items[i]);
        const char *target = outstanding->targets.count == 0 ? NULL : outstanding->targets.items[i];
        if (managed != NULL)
            take_in(engine, managed, outstanding, answer, target);
    }
}
