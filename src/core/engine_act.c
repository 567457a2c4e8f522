// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/effective.h"
#include "core/engine_state.h"
#include "core/explain_state.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/repair.h"
#include "core/shared_text.h"

// After an action: decide again, be done for now, or the image is not managed any more.
enum step { STEP_AGAIN, STEP_REST, STEP_DROPPED };

// All that an action works on.
struct act {
    struct engine *engine;
    struct managed *managed;
    const struct situation *situation;
    const struct decision *decision;
};

typedef enum step performer(const struct act *act);

// More rounds than any chain of actions that need no answer has; it only bounds a mistake.
#define MAXIMUM_ROUNDS 8

static enum step do_nothing(const struct act *act)
{
    (void)act;
    return STEP_REST;
}

static void tell_released(const struct act *act, const char *image_id)
{
    struct effects *effects = act->engine->effects;
    engine_report(act->engine, REPORT_IMAGE_RELEASED, act->managed, "%s: %s (%s)",
        act->managed->record->name, act->decision->why, image_id);
    memory_replace_text(&effects->items[effects->count - 1].report.image_id, image_id);
}

static enum step forget(const struct act *act)
{
    struct managed *managed = act->managed;
    const struct text_list *previous = &managed->record->previous;
    if (managed->record->image_id != NULL && managed->presence != PRESENCE_GONE)
        tell_released(act, managed->record->image_id);
    for (size_t i = 0; i < previous->count; i++)
        tell_released(act, previous->items[i]);
    engine_drop(act->engine, managed);
    return STEP_DROPPED;
}

static enum step release(const struct act *act)
{
    struct managed *managed = act->managed;
    struct record *record = managed->record;
    managed->dirty = true;
    managed->doubted = engine_order(act->engine);
    if (act->situation->deletion_asked) {
        engine_deleted(act->engine, managed);
        return STEP_AGAIN;
    }
    engine_report(act->engine, REPORT_IMAGE_VANISHED, managed,
        "%s: %s is gone from the cloud, and imaged did not delete it", record->name,
        record->image_id);
    view_drop(act->engine->view, record->image_id);
    engine_forget_origin(managed, record->image_id);
    memory_replace_text(
        &record->image_id, NULL); // should an answer show it again, it is taken back
    shared_text_replace(&record->made_from, NULL);
    shared_text_replace(&record->applied, NULL);
    record->owned = false;
    managed_reset_image(managed);
    return STEP_AGAIN;
}

static enum step take(const struct act *act)
{
    struct engine *engine = act->engine;
    struct managed *managed = act->managed;
    struct record *record = managed->record;
    enum kinship kinship = KINSHIP_NONE;
    struct image kin = image_open(engine_kin(engine, managed, &kinship)->image);
    bool adopted = kinship == KINSHIP_EQUAL || kinship == KINSHIP_STRANGER;
    memory_replace_text(&record->image_id, kin.id);
    memory_replace_text(&record->cloud_name, kin.name);
    if (record->intent != INTENT_CREATE) {
        shared_text_replace(&record->made_from, managed->declaration->canonical);
        memory_replace_text(&record->source_id, NULL);
        if (managed->source == SOURCE_READY)
            record->source_id = effective_format_sources(&managed->sources);
    }
    if (record->intent != INTENT_CREATE && !text_list_has(&record->previous, kin.id))
        engine_spare_for_good(managed, kin.id);
    engine_forget_previous(managed, kin.id); // it may be one that comes back into use
    record->owned = true;
    record->intent = INTENT_NONE;
    if (kinship == KINSHIP_FITS)
        record->lost_wall_ms = 0; // else what a lost creation made may still turn up
    record->made_wall_ms = engine_server_ms(engine);
    managed->name_conflict = false;
    engine_unrest(managed);
    managed_reset_image(managed);
    engine_see(engine, managed, &kin);
    managed->dirty = true;
    engine_report(engine, adopted ? REPORT_IMAGE_ADOPTED : REPORT_IMAGE_TAKEN, managed, "%s: %s %s",
        record->name, adopted ? "adopted" : "found again", record->image_id);
    return STEP_AGAIN;
}

static enum step abandon(const struct act *act)
{
    act->managed->record->intent = INTENT_NONE;
    act->managed->dirty = true;
    return STEP_AGAIN;
}

static void observe(struct engine *engine, struct managed *managed, struct gathering *gathering)
{
    engine_set_observing(engine, managed, true);
    gathering_add(gathering, managed);
}

// The window of a lost creation is over: the list has the last word.
static void want_list(struct engine *engine, const struct managed *managed)
{
    int64_t over_ms = managed->lost_ms + engine->options.ambiguity_window_ms;
    bool settled = engine->now.monotonic_ms < over_ms || engine->listed.asked_ms >= over_ms;
    if (!settled && engine->list_failures == 0)
        engine->list_at_ms = engine->now.monotonic_ms;
}

static enum step look(const struct act *act)
{
    struct engine *engine = act->engine;
    struct managed *managed = act->managed;
    bool lost = managed->record->intent == INTENT_CREATE;
    bool list_comes = engine->listing.stage != LISTING_NONE ||
                      engine->now.monotonic_ms >= engine->list_at_ms;
    if (!lost && list_comes)
        return STEP_REST; // the full list answers for all names; it wakes everybody
    if (lost)
        want_list(engine, managed);
    if (!managed->observing && engine->now.monotonic_ms >= managed->observe_at_ms)
        observe(engine, managed, &engine->looks);
    return STEP_REST;
}

// After a start the full list shows all images at once.
static enum step poll(const struct act *act)
{
    struct engine *engine = act->engine;
    bool list_comes = engine->listing.stage != LISTING_NONE ||
                      engine->now.monotonic_ms >= engine->list_at_ms;
    if (!list_comes || act->managed->presence == PRESENCE_PRESENT)
        observe(act->engine, act->managed, &engine->polls);
    return STEP_REST;
}

static enum step confirm(const struct act *act)
{
    observe(act->engine, act->managed, &act->engine->confirms);
    return STEP_REST;
}

static enum step check_source(const struct act *act)
{
    struct managed *managed = act->managed;
    struct selector image = declaration_open(managed->declaration).image.source_image;
    if (image.present && image.id == NULL)
        return STEP_REST; // waits for the full list
    if (!managed->observing && act->engine->now.monotonic_ms >= managed->observe_at_ms) {
        managed->checking_source = true;
        observe(act->engine, managed, &act->engine->checks);
    }
    return STEP_REST;
}

// Forms an intent; its request leaves when the record is durable. With too many writes under way
// the image waits for its turn instead, and is decided upon anew then. `write` is taken over.
static enum step begin(const struct act *act, enum intent intent, struct write *write)
{
    struct engine *engine = act->engine;
    struct managed *managed = act->managed;
    managed->record->intent = intent;
    managed->record->intent_wall_ms = engine_server_ms(engine);
    write->serial = engine->serial;
    managed->write = write;
    managed->phase = PHASE_STORING;
    managed->overtaken = false;
    managed->dirty = true;
    engine->writing++;
    gathering_add(&engine->storing, managed);
    return STEP_REST;
}

static enum step succeed(const struct act *act)
{
    engine_succeed(act->engine, act->managed);
    return STEP_AGAIN;
}

static enum step create(const struct act *act)
{
    struct managed *managed = act->managed;
    struct record *record = managed->record;
    struct write *write = write_new(OPERATION_CREATE_IMAGE, record->name);
    struct request *request = write->request;
    struct wanted wanted;
    engine_wanted(act->engine, managed, &wanted);
    request->image = image_clone(&wanted.image);
    wanted_deinit(&wanted);
    memory_replace_text(&record->cloud_name, request->image->name);
    shared_text_replace(&record->made_from, managed->declaration->canonical);
    free(record->source_id);
    record->source_id = effective_format_sources(&managed->sources);
    shared_text_replace(&record->applied, NULL);
    managed_forget_parsed(managed);
    return begin(act, INTENT_CREATE, write);
}

static enum step set_tags(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_SET_TAGS, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->image_id);
    struct wanted wanted;
    engine_wanted(act->engine, managed, &wanted);
    for (size_t i = 0; i < wanted.image.tags.count; i++) {
        const struct tag *tag = &wanted.image.tags.items[i];
        const char *value = tag_list_find(&act->situation->live->tags, tag->key);
        if (value == NULL || strcmp(value, tag->value) != 0)
            tag_list_set(&request->tags, tag->key, tag->value);
    }
    wanted_deinit(&wanted);
    write->repairing = repair_describe(act->situation->drift, "tags");
    return begin(act, INTENT_SET_TAGS, write);
}

static enum step remove_tags(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_REMOVE_TAGS, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->image_id);
    tag_list_copy(&request->tags, act->situation->surplus);
    write->repairing = repair_describe(act->situation->drift, "tags");
    return begin(act, INTENT_REMOVE_TAGS, write);
}

static enum step set_access(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_SET_ACCESS, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->image_id);
    request->is_public = declaration_open(managed->declaration).image.access.is_public ==
                         BOOLEAN_TRUE;
    write->repairing = repair_describe(act->situation->drift, "access");
    return begin(act, INTENT_SET_ACCESS, write);
}

static enum step delete_image(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_DELETE_IMAGE, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->image_id);
    if (act->decision->reason != REASON_IMAGE_FAILED || managed->wants_deletion)
        engine_note_deletion(act->engine, managed, managed->record->image_id);
    engine_doom_snapshots(act->engine, managed, managed->record->image_id, &act->situation->policy);
    memory_replace_text(&managed->record->deleted_id, managed->record->image_id);
    return begin(act, INTENT_DELETE, write);
}

static enum step retire(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_DELETE_IMAGE, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->previous.items[0]);
    engine_note_deletion(act->engine, managed, managed->record->previous.items[0]);
    write->retiring = memory_text(managed->record->previous.items[0]);
    engine_doom_snapshots(act->engine, managed, write->retiring, &act->situation->policy);
    return begin(act, INTENT_DELETE, write);
}

static enum step delete_snapshot(const struct act *act)
{
    struct managed *managed = act->managed;
    struct write *write = write_new(OPERATION_DELETE_SNAPSHOT, managed->record->name);
    struct request *request = write->request;
    text_list_add(&request->targets, managed->record->snapshots.items[0]);
    return begin(act, INTENT_DELETE_SNAPSHOT, write);
}

static const struct {
    performer *perform;
    bool writes;
} actions[ACTION_COUNT] = {
    [ACTION_NONE] = {do_nothing, false},
    [ACTION_FORGET] = {forget, false},
    [ACTION_RELEASE] = {release, false},
    [ACTION_TAKE] = {take, false},
    [ACTION_ABANDON] = {abandon, false},
    [ACTION_LOOK] = {look, false},
    [ACTION_POLL] = {poll, false},
    [ACTION_CONFIRM] = {confirm, false},
    [ACTION_CHECK_SOURCE] = {check_source, false},
    [ACTION_SUCCEED] = {succeed, false},
    [ACTION_CREATE] = {create, true},
    [ACTION_SET_TAGS] = {set_tags, true},
    [ACTION_REMOVE_TAGS] = {remove_tags, true},
    [ACTION_SET_ACCESS] = {set_access, true},
    [ACTION_DELETE] = {delete_image, true},
    [ACTION_RETIRE] = {retire, true},
    [ACTION_DELETE_SNAPSHOT] = {delete_snapshot, true},
};

static void wait_for_turn(struct engine *engine, struct managed *managed)
{
    if (managed->waiting)
        return;
    managed->waiting = true;
    gathering_add(&engine->waiting, managed);
}

static void show(const struct act *act)
{
    // Another attempt after a failed one changes nothing of what is known until it is answered.
    bool again = actions[act->decision->action].writes && act->managed->record->attempts > 0;
    if (act->decision->keep_state || again)
        return;
    char *message = explain_state(act->situation, act->decision, act->managed->source_message);
    engine_show(act->engine, act->managed, act->decision->state, act->decision->reason, message);
    free(message);
}

// When all is as declared, that is remembered: from now on, a difference is somebody else's doing.
static void remember_applied(struct managed *managed, const struct decision *decision)
{
    struct record *record = managed->record;
    if (decision->reason != REASON_IN_SYNC)
        return;
    const char *canonical = managed->declaration->canonical;
    if (!shared_text_equal(record->applied, canonical)) {
        shared_text_replace(&record->applied, canonical);
        managed->dirty = true;
    }
    if (record->attempts != 0 || record->failed_builds != 0 || record->lost_wall_ms != 0) {
        record->lost_wall_ms = 0;
        record->failed_builds = 0;
        engine_unrest(managed);
        managed->dirty = true;
    }
}

static enum step step(struct engine *engine, struct managed *managed)
{
    struct sight sight = {0};
    struct situation situation = engine_situation(engine, managed, &sight);
    struct decision decision = decide(&situation);
    struct act act = {engine, managed, &situation, &decision};
    enum step result = STEP_REST;
    if (decision.action != ACTION_FORGET && decision.action != ACTION_TAKE)
        show(&act);
    remember_applied(managed, &decision);
    if (actions[decision.action].writes && engine->writing >= engine->options.concurrent_writes)
        wait_for_turn(engine, managed);
    else
        result = actions[decision.action].perform(&act);
    sight_deinit(&sight);
    return result;
}

static int64_t sooner(int64_t next_ms, int64_t candidate_ms, int64_t now_ms)
{
    return candidate_ms > now_ms && candidate_ms < next_ms ? candidate_ms : next_ms;
}

// When time alone may change the decision.
static int64_t next_due(const struct engine *engine, const struct managed *managed)
{
    int64_t now_ms = engine->now.monotonic_ms;
    int64_t next_ms = INSTANT_NEVER;
    if (managed->phase != PHASE_REST || managed->waiting)
        return next_ms;
    next_ms = sooner(next_ms, managed->rest_until_ms, now_ms);
    next_ms = sooner(next_ms, managed->grace_end_ms, now_ms);
    if (!managed->observing)
        next_ms = sooner(next_ms, managed->observe_at_ms, now_ms);
    if (managed->record->intent == INTENT_CREATE)
        next_ms = sooner(next_ms, managed->lost_ms + engine->options.ambiguity_window_ms, now_ms);
    return next_ms;
}

// What is wrong with the file's newest version is told once: with the state where that shows it,
// else by itself.
static void tell_invalid(struct engine *engine, struct managed *managed)
{
    if (managed->invalid == NULL || managed->invalid_told)
        return;
    managed->invalid_told = true;
    if (managed->record->reason != REASON_INVALID_DECLARATION)
        engine_report(engine, REPORT_DECLARATION_INVALID, managed, "%s: %s", managed->record->name,
            managed->invalid);
}

static void settle(struct engine *engine, struct managed *managed)
{
    tell_invalid(engine, managed);
    if (managed->dirty) {
        effects_add(engine->effects, EFFECT_SAVE)->record = record_clone(managed->record);
        managed->dirty = false;
    }
    schedule_set(&engine->schedule, &managed->timer, next_due(engine, managed));
}

void engine_reconcile(struct engine *engine, struct managed *managed)
{
    // What was declared may have gone while we were away: before the directory was read, nothing is
    // decided.
    enum step result = engine->directory_read ? STEP_AGAIN : STEP_REST;
    for (int round = 0; round < MAXIMUM_ROUNDS && result == STEP_AGAIN; round++)
        result = managed->phase == PHASE_REST ? step(engine, managed) : STEP_REST;
    if (result != STEP_DROPPED)
        settle(engine, managed);
}

static void cancel_stored(struct engine *engine, struct managed *managed)
{
    if (managed->record->intent == INTENT_DELETE) {
        engine_take_back_deletion(engine, managed);
        engine_spare_snapshots(engine, managed, managed->write->request->targets.items[0]);
        memory_replace_text(&managed->record->deleted_id, NULL);
    }
    write_free(managed->write);
    managed->write = NULL;
    managed->record->intent = INTENT_NONE;
    managed->phase = PHASE_REST;
    managed->dirty = true;
    engine->writing--;
    engine_queue(engine, managed);
}

static void send_stored(struct engine *engine, struct managed *managed)
{
    struct write *write = managed->write;
    struct text_list names = {0};
    struct text_list none = {0};
    text_list_add(&names, managed->record->name);
    managed->phase = PHASE_SENT;
    tag_list_copy(&write->sent, &write->request->tags);
    engine_submit(engine, write->request, &names, &none);
    write->request = NULL;
}

void engine_release_stored(struct engine *engine)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->storing.count; i++) {
        struct managed *managed = engine->storing.items[i];
        if (managed->write->serial > engine->committed)
            engine->storing.items[kept++] = managed;
        else if (managed->overtaken)
            cancel_stored(
                engine, managed); // it was never sent, so that nothing is to be looked for
        else
            send_stored(engine, managed);
    }
    engine->storing.count = kept;
}
