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

#define YOUNG_MS (60 * 1000) // a new image may take that long to appear in lists

void engine_submit(struct engine *engine, struct request *request, const struct text_list *names,
    const struct text_list *targets)
{
    struct outstanding *outstanding = memory_new(1, sizeof(*outstanding));
    request->id = engine_order(engine);
    outstanding->id = request->id;
    outstanding->operation = request->operation;
    outstanding->asked_ms = engine->now.monotonic_ms;
    outstanding->names = *names;
    outstanding->targets = *targets;
    HASH_ADD(hh, engine->outstanding, id, sizeof(uint64_t), outstanding);
    effects_add(engine->effects, EFFECT_REQUEST)->request = request;
}

void engine_observe_later(struct engine *engine, struct managed *managed)
{
    managed->observe_failures++;
    managed->observe_at_ms = engine->now.monotonic_ms + backoff_delay(managed->observe_failures,
                                                            BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS,
                                                            &engine->random);
}

// ---- Asking

static void ask_list(struct engine *engine)
{
    struct text_list none = {0};
    engine->listing = true;
    engine->list_asked = false;
    engine_submit(engine, request_new(OPERATION_LIST_IMAGES, NULL), &none, &none);
}

typedef char *target_of(const struct engine *engine, struct managed *managed);

static char *name_target(const struct engine *engine, struct managed *managed)
{
    if (managed->record->intent == INTENT_CREATE)
        return memory_text(managed->record->cloud_name);
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    char *name = memory_text(wanted.image.name);
    wanted_deinit(&wanted);
    return name;
}

static char *id_target(const struct engine *engine, struct managed *managed)
{
    (void)engine;
    return memory_text(managed->record->image_id);
}

static void ask_chunk(struct engine *engine, struct managed *const *items, enum operation operation,
    char *const *targets, size_t count)
{
    struct request *request = request_new(operation, count == 1 ? items[0]->record->name : NULL);
    struct text_list names = {0};
    struct text_list asked = {0};
    for (size_t i = 0; i < count; i++) {
        text_list_add(&request->targets, targets[i]);
        text_list_add(&asked, targets[i]);
        text_list_add(&names, items[i]->record->name);
    }
    engine_submit(engine, request, &names, &asked);
}

static void ask_in_chunks(
    struct engine *engine, struct gathering *gathering, enum operation operation, target_of *target)
{
    struct text_list targets = {0};
    for (size_t i = 0; i < gathering->count; i++) {
        char *text = target(engine, gathering->items[i]);
        text_list_add(&targets, text);
        free(text);
    }
    for (size_t i = 0; i < gathering->count;) {
        size_t chunk = request_targets_limit(operation, &targets, i);
        if (chunk > TARGETS_PER_REQUEST)
            chunk = TARGETS_PER_REQUEST;
        ask_chunk(engine, gathering->items + i, operation, targets.items + i, chunk);
        i += chunk;
    }
    text_list_deinit(&targets);
    gathering->count = 0;
}

static void ask_sources(struct engine *engine)
{
    for (size_t i = 0; i < engine->checks.count; i++) {
        struct managed *managed = engine->checks.items[i];
        struct text_list names = {0};
        struct text_list none = {0};
        text_list_add(&names, managed->record->name);
        engine_submit(engine, engine_source_request(engine, managed), &names, &none);
    }
    engine->checks.count = 0;
}

// A directory that cannot be read is no reason to be blind to the cloud.
bool engine_may_list(const struct engine *engine)
{
    bool told = engine->directory_read || engine->directory_fault != NULL;
    return told && !engine->listing && (engine->managed != NULL || engine->list_asked);
}

void engine_flush(struct engine *engine)
{
    if (engine_may_list(engine) && engine->now.monotonic_ms >= engine->list_at_ms)
        ask_list(engine);
    ask_in_chunks(engine, &engine->looks, OPERATION_FIND_BY_NAME, name_target);
    ask_in_chunks(engine, &engine->polls, OPERATION_READ_IMAGES, id_target);
    ask_in_chunks(engine, &engine->confirms, OPERATION_READ_IMAGE, id_target);
    ask_sources(engine);
}

// ---- Seeing

static void see_progress(struct engine *engine, struct managed *managed, const struct image *live)
{
    const struct engine_options *options = &engine->options;
    if (live->cloud_state != NULL && strcmp(live->cloud_state, "available") == 0) {
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
    managed->presence = PRESENCE_PRESENT;
    managed->not_found = 0;
    managed->missing_since_ms = 0;
    managed->unlisted = false;
    managed->observe_failures = 0;
    see_progress(engine, managed, live);
    bool available = live->cloud_state != NULL && strcmp(live->cloud_state, "available") == 0;
    if (available && !managed->available)
        engine_wake_dependents(engine);
    managed->available = available;
}

static bool is_dead(const struct image *image)
{
    return image->cloud_state != NULL && (strcmp(image->cloud_state, "deleted") == 0 ||
                                             strcmp(image->cloud_state, "deregistered") == 0);
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
static bool is_expected_to_go(const struct managed *managed)
{
    return managed->seen_by_read && engine_deletion_asked(managed);
}

// An image that no longer shows, or not yet, is missing at first; it counts as gone when reads and
// a healthy full list agree about that for a while (design.md, section 5).
static void miss(struct engine *engine, struct managed *managed)
{
    bool asked = is_expected_to_go(managed);
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

// ---- Taking in

// Moves the answer's images into the view, the dead ones apart.
static void take_images(
    struct engine *engine, const struct outstanding *outstanding, struct answer *answer)
{
    for (size_t i = 0; i < answer->images.count; i++) {
        struct image *image = answer->images.items[i];
        answer->images.items[i] = NULL;
        if (is_dead(image)) {
            view_drop(engine->view, image->id);
            image_free(image);
        } else {
            view_put(engine->view, image, outstanding->asked_ms, outstanding->id);
        }
    }
    answer->images.count = 0;
}

// What a look says of the record's image. One that was seen, made or changed after the look was
// asked for is known better than that.
enum sighting { SIGHTING_SHOWN, SIGHTING_LACKING, SIGHTING_OUTDATED };

static enum sighting sighting(
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

static void see_if_shown(struct engine *engine, struct managed *managed)
{
    const struct view_image *seen = view_find(engine->view, managed->record->image_id);
    managed->seen_by_read = true;
    engine_see(engine, managed, seen->image);
    forget_repairs(engine, managed, seen->image);
    forget_deletion(engine, managed);
}

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

// A list in which all, or many, of our images vanished at once tells of an API that is unwell, not
// of images (cases, 15 and 37). Returns what to say of it, or NULL.
static char *judge_list(struct engine *engine, const struct outstanding *outstanding, size_t listed)
{
    size_t tracked = 0;
    size_t missing = 0;
    struct managed *managed = NULL;
    struct managed *next = NULL;
    HASH_ITER(hh, engine->managed, managed, next)
    {
        if (!is_tracked(managed) || is_young(engine, managed))
            continue;
        tracked++;
        missing += sighting(engine, managed, outstanding) == SIGHTING_LACKING ? 1 : 0;
    }
    bool all = missing >= 2 && missing == tracked;
    bool many = missing >= 5 && missing * 2 > tracked;
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
        enum sighting what = sighting(engine, managed, outstanding);
        if (what == SIGHTING_SHOWN) {
            see_if_shown(engine, managed);
        } else if (what == SIGHTING_LACKING &&
                   (is_expected_to_go(managed) || !is_young(engine, managed))) {
            miss(engine, managed);
            managed->unlisted = managed->presence == PRESENCE_MISSING;
            miss(engine, managed);
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

static void set_api_fault(struct engine *engine, const char *text)
{
    engine_set_fault(engine, &engine->api_fault, text, REPORT_API_FAULT, REPORT_API_RECOVERED);
}

static int64_t jittered(struct engine *engine, int64_t around_ms)
{
    int64_t spread = around_ms / 5;
    return around_ms - spread / 2 + (int64_t)random_below(&engine->random, (uint64_t)spread + 1);
}

static void listed(
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
    take_images(engine, outstanding, answer);
    char *fault = judge_list(engine, outstanding, count);
    set_api_fault(engine, fault);
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
        const struct record *record = managed->record;
        const char *id = seen->image->id;
        bool own = (record->image_id != NULL && strcmp(record->image_id, id) == 0) ||
                   text_list_has(&record->previous, id);
        if (seen->order < order && !own)
            view_drop(engine->view, seen->image->id);
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
    enum sighting what = sighting(engine, managed, outstanding);
    if (what == SIGHTING_OUTDATED)
        return;
    if (answer->outcome == OUTCOME_OK && what == SIGHTING_SHOWN)
        see_if_shown(engine, managed);
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
            set_api_fault(engine, NULL);
        return;
    }
    engine->api_failures++;
    if (answer->outcome != OUTCOME_THROTTLED)
        set_api_fault(engine,
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
    char *name = name_target(engine, managed);
    bool same = strcmp(name, target) == 0;
    free(name);
    return same;
}

static void take_in(struct engine *engine, struct managed *managed,
    const struct outstanding *outstanding, struct answer *answer, const char *target)
{
    bool by_name = outstanding->operation == OPERATION_FIND_BY_NAME;
    managed->observing = false;
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

void engine_observed(struct engine *engine, struct outstanding *outstanding, struct answer *answer)
{
    count_health(engine, outstanding, answer);
    if (outstanding->operation == OPERATION_LIST_IMAGES) {
        listed(engine, outstanding, answer);
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
