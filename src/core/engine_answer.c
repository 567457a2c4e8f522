// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/engine_state.h"
#include "core/memory.h"
#include "core/repair.h"
#include "core/shared_text.h"
#include "core/text.h"
#include "core/violation.h"

// When a write that did not succeed is tried again.
enum retry {
    RETRY_BACKOFF, // growing waits
    RETRY_SLOWLY,  // an hour: a person is needed, who may also ask for it at once
    RETRY_HELD,    // as the API asked, else as back-off
    RETRY_LOOK,    // it may have been applied: look first
};

struct consequence {
    enum image_state state;
    enum reason reason;
    enum retry retry;
};

// What becomes of an image whose write was answered so (design.md, section 5).
static const struct consequence consequences[OUTCOME_COUNT] = {
    [OUTCOME_NOT_SENT] = {STATE_PENDING, REASON_RETRYING, RETRY_BACKOFF},
    [OUTCOME_LOST] = {STATE_PENDING, REASON_RETRYING, RETRY_LOOK},
    [OUTCOME_BROKEN] = {STATE_PENDING, REASON_RETRYING, RETRY_LOOK},
    [OUTCOME_THROTTLED] = {STATE_PENDING, REASON_THROTTLED, RETRY_HELD},
    [OUTCOME_INVALID] = {STATE_FAILED, REASON_REJECTED, RETRY_SLOWLY},
    [OUTCOME_UNAUTHENTICATED] = {STATE_FAILED, REASON_FORBIDDEN, RETRY_BACKOFF},
    [OUTCOME_FORBIDDEN] = {STATE_FAILED, REASON_FORBIDDEN, RETRY_SLOWLY},
    [OUTCOME_NOT_FOUND] = {STATE_PENDING, REASON_RETRYING, RETRY_BACKOFF},
    [OUTCOME_CONFLICT] = {STATE_PENDING, REASON_RETRYING, RETRY_BACKOFF},
    [OUTCOME_DEPENDENCY] = {STATE_PENDING, REASON_RETRYING, RETRY_BACKOFF},
    [OUTCOME_TOO_LONG] = {STATE_FAILED, REASON_REJECTED, RETRY_SLOWLY},
    [OUTCOME_REJECTED] = {STATE_FAILED, REASON_REJECTED, RETRY_SLOWLY},
};

// A creation that is answered 404 names a source that is not there.
static const struct consequence source_missing = {
    STATE_FAILED, REASON_SOURCE_MISSING, RETRY_BACKOFF};

static const struct consequence *consequence_of(enum operation operation, enum outcome outcome)
{
    if (operation == OPERATION_CREATE_IMAGE && outcome == OUTCOME_NOT_FOUND)
        return &source_missing;
    return &consequences[outcome];
}

static const char *operation_hint(enum operation operation)
{
    switch (operation) {
    case OPERATION_SET_TAGS:
    case OPERATION_REMOVE_TAGS:
        return "; the image exists, its tags are not as declared";
    case OPERATION_SET_ACCESS:
        return "; the image exists, its access is not as declared";
    default:
        return "";
    }
}

// The API's words, with its names of fields turned into those of the file, and where they stand
// there.
static void append_violations(
    const struct managed *managed, const struct answer *answer, struct text *text)
{
    for (size_t i = 0; i < answer->violation_count; i++) {
        const struct violation *violation = &answer->violations[i];
        char *path = violation_path(&image_table, violation->field);
        text_format(text, "%s %s: %s", i == 0 ? ":" : ";", path, violation->description);
        if (managed->declaration != NULL) {
            struct place place = declaration_place(managed->declaration, path);
            text_format(text, " (%s:%u:%u)", managed->declaration->file, place.line, place.column);
        }
        free(path);
    }
}

static char *words(
    const struct managed *managed, enum operation operation, const struct answer *answer)
{
    struct text text = {0};
    if (answer->explanation == NULL)
        text_format(&text, "%s: %s", operation_name(operation), outcome_name(answer->outcome));
    else
        text_append(&text, answer->explanation); // which names the operation
    text_append(&text, operation_hint(operation));
    append_violations(managed, answer, &text);
    return text_steal(&text);
}

static int64_t retry_delay(
    struct engine *engine, struct managed *managed, enum retry retry, const struct answer *answer)
{
    int64_t delay_ms = backoff_delay(
        managed->record->attempts, BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS, &engine->random);
    if (retry == RETRY_SLOWLY)
        return SLOW_RETRY_MS;
    if (retry == RETRY_HELD && answer->retry_after_ms > delay_ms)
        return answer->retry_after_ms;
    return delay_ms;
}

// The image as last seen, which the cloud changed, or may have: answers to what was asked for
// before do not count any more.
static struct view_image *touched(struct engine *engine, const struct managed *managed)
{
    struct view_image *seen = view_find(engine->view, managed->record->image_id);
    if (seen != NULL)
        view_touch(engine->view, seen, engine_order(engine));
    return seen;
}

// ---- What failed

static void lose_creation(struct engine *engine, struct managed *managed)
{
    struct record *record = managed->record;
    if (record->lost_wall_ms == 0)
        record->lost_wall_ms = record->intent_wall_ms;
    managed->lost_ms = engine->now.monotonic_ms;
    managed->lost_order = engine_order(engine);
    managed->look_ms = 0;
    managed->observe_at_ms = 0;
    managed->observe_failures = 0;
}

static void lose(struct engine *engine, struct managed *managed, enum operation operation,
    const struct answer *answer)
{
    char *text = words(managed, operation, answer);
    engine_report(engine, REPORT_ANSWER_LOST, managed, "%s: %s", managed->record->name, text);
    free(text);
    if (operation == OPERATION_CREATE_IMAGE) {
        lose_creation(engine, managed); // the intent stays until a look settles it
        return;
    }
    managed->record->intent = INTENT_NONE;
    managed->lost_ms = engine->now.monotonic_ms;
    touched(engine, managed);
    managed->presence = PRESENCE_UNSEEN; // nothing is decided about it before it was read again
    managed->record->attempts++;
    managed->observe_at_ms = engine->now.monotonic_ms + backoff_delay(managed->record->attempts,
                                                            BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS,
                                                            &engine->random);
}

// An image that is not found any more is struck off by the next list that lacks it too.
static void fail_to_retire(
    struct engine *engine, struct managed *managed, const struct answer *answer)
{
    if (answer->outcome == OUTCOME_NOT_FOUND) {
        memory_replace_text(&managed->not_retired, managed->write->retiring);
        engine->list_at_ms = engine->now.monotonic_ms;
    } else {
        engine_spare_snapshots(engine, managed, managed->write->retiring);
    }
}

static void fail(struct engine *engine, struct managed *managed, enum operation operation,
    const struct answer *answer)
{
    const struct consequence *consequence = consequence_of(operation, answer->outcome);
    managed->dirty = true;
    if (consequence->retry == RETRY_LOOK) {
        lose(engine, managed, operation, answer);
        return;
    }
    managed->record->intent = INTENT_NONE;
    managed->record->attempts++;
    if (operation == OPERATION_CREATE_IMAGE && answer->outcome == OUTCOME_CONFLICT) {
        managed->name_conflict = true;
        managed->doubted = engine_order(engine);
        managed->observe_at_ms = 0;
    }
    if (managed->write->retiring != NULL) {
        fail_to_retire(engine, managed, answer);
    } else if (operation == OPERATION_DELETE_IMAGE && answer->outcome == OUTCOME_NOT_FOUND) {
        engine_miss(engine, managed);
        return;
    } else if (operation == OPERATION_DELETE_IMAGE) { // it was surely not applied
        engine_spare_snapshots(engine, managed, managed->record->image_id);
        memory_replace_text(&managed->record->deleted_id, NULL);
    } else if (operation == OPERATION_DELETE_SNAPSHOT && answer->outcome == OUTCOME_NOT_FOUND) {
        engine_snapshot_deleted(managed); // somebody else was faster
        return;
    }
    char *text = words(managed, operation, answer);
    engine_rest(engine, managed, retry_delay(engine, managed, consequence->retry, answer));
    engine_show(engine, managed, consequence->state, consequence->reason, text);
    free(text);
}

// ---- What succeeded

// The id of the image that the answer shows, or NULL.
static const char *shown_id(const struct answer *answer)
{
    return answer->images.count == 0 ? NULL : image_open(answer->images.items[0]).id;
}

// The image of the answer moves into the view; it is newer than all that was asked for before.
// Opened, borrowed from there.
static struct image take_image(struct engine *engine, struct answer *answer)
{
    struct packed *image = answer->images.items[0];
    answer->images.items[0] = NULL;
    answer->images.count = 0;
    view_put(engine->view, image, engine->now.monotonic_ms, engine_order(engine));
    return image_open(image);
}

static void created(struct engine *engine, struct managed *managed, struct answer *answer)
{
    struct record *record = managed->record;
    struct image image = take_image(engine, answer);
    memory_replace_text(&record->image_id, image.id);
    memory_replace_text(&record->deleted_id, NULL);
    record->owned = true;
    record->lost_wall_ms = 0;
    record->made_wall_ms = engine_server_ms(engine);
    managed->name_conflict = false;
    managed_reset_image(managed);
    engine_see(engine, managed, &image);
    engine_report(engine, REPORT_IMAGE_MADE, managed, "%s: made %s, which is %s", record->name,
        record->image_id, image.cloud_state == NULL ? "in no state" : image.cloud_state);
}

static void set_tag(struct tag_list *tags, const struct tag *sent)
{
    tag_list_set(tags, sent->key, sent->value);
}

static void remove_tag(struct tag_list *tags, const struct tag *sent)
{
    tag_list_remove(tags, sent->key);
}

// What was sent, not what is declared by now, is what the cloud has.
static void change_tags(struct engine *engine, struct managed *managed,
    void (*change)(struct tag_list *tags, const struct tag *sent))
{
    struct view_image *seen = touched(engine, managed);
    if (seen == NULL)
        return;
    struct image image = image_open(seen->image);
    struct tag_list tags;
    tag_list_copy(&tags, &image.tags);
    const struct tag_list *sent = &managed->write->sent;
    for (size_t i = 0; i < sent->count; i++)
        change(&tags, &sent->items[i]);
    view_set_tags(engine->view, seen, &tags);
    tag_list_deinit(&tags);
}

static void tags_set(struct engine *engine, struct managed *managed, struct answer *answer)
{
    (void)answer;
    change_tags(engine, managed, set_tag);
}

static void tags_removed(struct engine *engine, struct managed *managed, struct answer *answer)
{
    (void)answer;
    change_tags(engine, managed, remove_tag);
}

static void access_set(struct engine *engine, struct managed *managed, struct answer *answer)
{
    const char *id = shown_id(answer);
    if (id == NULL || strcmp(id, managed->record->image_id) != 0) {
        managed->presence = PRESENCE_UNSEEN; // not told how it is now
        return;
    }
    struct image image = take_image(engine, answer);
    engine_see(engine, managed, &image);
}

void engine_deleted(struct engine *engine, struct managed *managed)
{
    struct record *record = managed->record;
    const struct view_image *seen = view_find(engine->view, record->image_id);
    struct image live = {0};
    if (seen != NULL)
        live = image_open(seen->image);
    bool discarded = managed->declared && image_is_failed(&live);
    bool counts = discarded && !engine_begins_anew(managed);
    engine_report(
        engine, REPORT_IMAGE_DELETED, managed, "%s: deleted %s", record->name, record->image_id);
    view_drop(engine->view, record->image_id);
    engine_forget_origin(managed, record->image_id);
    free(record->deleted_id);
    record->deleted_id = record->image_id;
    record->image_id = NULL;
    shared_text_replace(&record->made_from, NULL);
    shared_text_replace(&record->applied, NULL);
    record->owned = false;
    record->approved = false;
    managed_reset_image(managed);
    if (!counts)
        return;
    record->failed_builds++;
    engine_rest(engine, managed,
        backoff_delay(
            record->failed_builds, BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS, &engine->random));
}

static void deleted(struct engine *engine, struct managed *managed, struct answer *answer)
{
    (void)answer;
    if (managed->write->retiring != NULL)
        engine_retired(engine, managed);
    else
        engine_deleted(engine, managed);
}

// Only what the cloud acknowledged counts as a repair: one that never got there was not in vain.
static void note_repair(struct managed *managed)
{
    struct record *record = managed->record;
    if (managed->write->repairing != NULL)
        record->repairs = repair_note(&record->repaired, managed->write->repairing);
}

static void snapshot_deleted(struct engine *engine, struct managed *managed, struct answer *answer)
{
    (void)answer;
    engine_report(engine, REPORT_IMAGE_DELETED, managed, "%s: deleted the snapshot %s",
        managed->record->name, managed->record->snapshots.items[0]);
    engine_snapshot_deleted(managed);
}

static void (*const successes[OPERATION_COUNT])(
    struct engine *engine, struct managed *managed, struct answer *answer) = {
    [OPERATION_CREATE_IMAGE] = created,
    [OPERATION_SET_TAGS] = tags_set,
    [OPERATION_REMOVE_TAGS] = tags_removed,
    [OPERATION_SET_ACCESS] = access_set,
    [OPERATION_DELETE_IMAGE] = deleted,
    [OPERATION_DELETE_SNAPSHOT] = snapshot_deleted,
};

// Whether the answer to a creation shows what may have come of it: an image, and none that was seen
// under another name.
static bool shows_creation(
    struct engine *engine, const struct managed *managed, const struct answer *answer)
{
    const char *id = shown_id(answer);
    const struct view_image *seen = view_find(engine->view, id);
    const char *name = seen == NULL ? NULL : image_open(seen->image).name;
    return id != NULL && (name == NULL || strcmp(name, managed->record->cloud_name) == 0);
}

static void succeed(
    struct engine *engine, struct managed *managed, enum operation operation, struct answer *answer)
{
    managed->record->intent = INTENT_NONE;
    engine_unrest(managed);
    note_repair(managed);
    successes[operation](engine, managed, answer);
}

void engine_answered(
    struct engine *engine, struct managed *managed, enum operation operation, struct answer *answer)
{
    if (managed->phase != PHASE_SENT)
        return;
    managed->phase = PHASE_REST;
    engine->writing--;
    managed->dirty = true;
    engine_queue(engine, managed);
    if (answer->outcome == OUTCOME_OK && operation == OPERATION_CREATE_IMAGE &&
        !shows_creation(engine, managed, answer))
        answer->outcome = OUTCOME_LOST;
    if (answer->outcome == OUTCOME_OK)
        succeed(engine, managed, operation, answer);
    else
        fail(engine, managed, operation, answer);
    write_free(managed->write);
    managed->write = NULL;
}
