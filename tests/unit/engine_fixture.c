// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define START_WALL_MS INT64_C(1795600000000) // 2026-11-25

// ---- The record

static void keep_durable(struct fixture *fixture, struct record *record)
{
    for (size_t i = 0; i < fixture->durable.count; i++) {
        if (strcmp(fixture->durable.items[i]->name, record->name) != 0)
            continue;
        record_free(fixture->durable.items[i]);
        fixture->durable.items[i] = record;
        return;
    }
    record_list_add(&fixture->durable, record);
}

static void forget_durable(struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < fixture->durable.count; i++) {
        if (strcmp(fixture->durable.items[i]->name, name) != 0)
            continue;
        record_free(fixture->durable.items[i]);
        fixture->durable.items[i] = fixture->durable.items[--fixture->durable.count];
        return;
    }
}

static const struct record *durable(const struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < fixture->durable.count; i++)
        if (strcmp(fixture->durable.items[i]->name, name) == 0)
            return fixture->durable.items[i];
    return NULL;
}

static void apply_commit(struct fixture *fixture, struct effects *commit)
{
    for (size_t i = 0; i < commit->count; i++) {
        struct effect *effect = &commit->items[i];
        if (effect->kind == EFFECT_SAVE) {
            keep_durable(fixture, effect->record);
            effect->record = NULL;
            fixture->saves++;
        } else if (effect->kind == EFFECT_FORGET) {
            forget_durable(fixture, effect->name);
        } else if (effect->kind == EFFECT_HISTORY) {
            fixture->history++;
        } else if (effect->kind == EFFECT_SETTING) {
            memory_replace_text(&fixture->deletions, effect->setting.value);
        }
    }
    effects_deinit(commit);
}

// ---- What the engine wants

static enum intent intent_of(enum operation operation)
{
    switch (operation) {
    case OPERATION_CREATE_IMAGE:
        return INTENT_CREATE;
    case OPERATION_SET_TAGS:
        return INTENT_SET_TAGS;
    case OPERATION_REMOVE_TAGS:
        return INTENT_REMOVE_TAGS;
    case OPERATION_SET_ACCESS:
        return INTENT_SET_ACCESS;
    case OPERATION_DELETE_IMAGE:
        return INTENT_DELETE;
    case OPERATION_DELETE_SNAPSHOT:
        return INTENT_DELETE_SNAPSHOT;
    default:
        return INTENT_NONE;
    }
}

static struct request *copy_request(const struct request *request)
{
    struct request *copy = request_new(request->operation, request->name);
    copy->id = request->id;
    text_list_copy(&copy->targets, &request->targets);
    tag_list_copy(&copy->tags, &request->tags);
    copy->image = request->image == NULL ? NULL : image_clone(request->image);
    copy->is_public = request->is_public;
    return copy;
}

static void take_request(struct fixture *fixture, struct request *request)
{
    enum operation operation = request->operation;
    if (operation_is_write(operation)) {
        const struct record *record = durable(fixture, request->name);
        assert_non_null(record);
        assert_int_equal(record->intent, intent_of(operation));
        assert_false(fixture->options.observe);
    }
    fixture->sent[operation]++;
    request_free(fixture->last[operation]);
    fixture->last[operation] = copy_request(request);
    fixture->requests = memory_grow(fixture->requests, fixture->request_count,
        &fixture->request_capacity, sizeof(*fixture->requests));
    fixture->requests[fixture->request_count++] = request;
}

static void take_effects(struct fixture *fixture)
{
    struct effects *effects = &fixture->effects;
    struct effects commit = {.serial = effects->serial};
    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->items[i];
        if (effect->kind == EFFECT_REQUEST) {
            take_request(fixture, effect->request);
            effect->request = NULL;
        } else if (effect->kind == EFFECT_REPORT) {
            fixture->reports[effect->report.kind]++;
        } else {
            *effects_add(&commit, effect->kind) = *effect;
            *effect = (struct effect){.kind = EFFECT_FORGET};
        }
    }
    assert_true((commit.count > 0) == (effects->serial != 0));
    effects_clear(effects);
    if (commit.count > 0) {
        assert_true(fixture->commit_count < 64);
        fixture->commits[fixture->commit_count++] = commit;
    }
}

static void count_state(const struct image_status *status, void *data)
{
    struct engine_summary *summary = data;
    summary->total++;
    summary->states[status->record->state]++;
    summary->counts[status->record->state][status->record->reason]++;
}

static void assert_summary_is_true(const struct fixture *fixture)
{
    struct engine_summary counted = {0};
    engine_each(fixture->engine, count_state, &counted);
    struct engine_summary told = engine_summary(fixture->engine);
    assert_int_equal(told.total, counted.total);
    assert_memory_equal(told.states, counted.states, sizeof(told.states));
    assert_memory_equal(told.counts, counted.counts, sizeof(told.counts));
}

static void compare_name(const struct image_status *status, void *data)
{
    const char **before = data;
    assert_true(*before == NULL || strcmp(*before, status->record->name) < 0);
    *before = status->record->name;
}

static void assert_walk_is_ordered(const struct fixture *fixture)
{
    const char *before = NULL;
    size_t visited = engine_each_after(fixture->engine, NULL, SIZE_MAX, compare_name, &before);
    assert_int_equal(visited, engine_summary(fixture->engine).total);
}

static void assert_at_rest(const struct image_status *status, void *data)
{
    (void)data;
    enum reason reason = status->record->reason;
    assert_false(status->in_flight);
    assert_true(status->record->state != STATE_PENDING || reason == REASON_AWAITING_APPROVAL ||
                reason == REASON_SUSPENDED || reason == REASON_WAITING_FOR_SOURCE);
}

void fixture_handle(struct fixture *fixture, const struct event *event)
{
    engine_handle(fixture->engine, event, fixture->now, &fixture->effects);
    take_effects(fixture);
    assert_summary_is_true(fixture);
    assert_walk_is_ordered(fixture);
    if (engine_settled(fixture->engine))
        engine_each(fixture->engine, assert_at_rest, NULL);
}

// ---- Beginning and end

struct fixture *fixture_new(void)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));
    fixture->now = (struct instant){1000, START_WALL_MS};
    fixture->options = engine_default_options();
    fixture->options.installation = "tests";
    fixture->options.defaults = &fixture->defaults;
    fixture->new_state = "available";
    fixture->unique_names = true;
    fixture_load(fixture);
    fixture_read_directory(fixture);
    return fixture;
}

void fixture_load(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->commit_count; i++)
        effects_deinit(&fixture->commits[i]);
    fixture->commit_count = 0;
    for (size_t i = 0; i < fixture->request_count; i++)
        request_free(fixture->requests[i]);
    fixture->request_count = 0;
    engine_free(fixture->engine);
    fixture->engine = engine_new(&fixture->options);
    struct record_list records = {0};
    for (size_t i = 0; i < fixture->durable.count; i++)
        record_list_add(&records, record_clone(fixture->durable.items[i]));
    struct event event = {.kind = EVENT_LOADED, .loaded = {&records, fixture->deletions}};
    fixture_handle(fixture, &event);
    record_list_deinit(&records);
}

void fixture_restart(struct fixture *fixture)
{
    fixture_load(fixture);
    fixture_read_directory(fixture);
}

void fixture_free(struct fixture *fixture)
{
    fixture_load(fixture); // drops what is under way
    for (size_t i = 0; i < fixture->commit_count; i++)
        effects_deinit(&fixture->commits[i]);
    engine_free(fixture->engine);
    effects_deinit(&fixture->effects);
    for (size_t i = 0; i < fixture->file_count; i++) {
        free(fixture->files[i].path);
        free(fixture->files[i].text);
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        request_free(fixture->last[i]);
    record_list_deinit(&fixture->durable);
    for (size_t i = 0; i < fixture->cloud.count; i++)
        image_free(fixture->cloud.items[i]);
    free(fixture->cloud.items);
    field_table_deinit(&lifecycle_table, &fixture->defaults);
    free(fixture->requests);
    free(fixture->deletions);
    free(fixture);
}

static bool take_fault(
    struct fixture *fixture, enum operation operation, struct fixture_fault *fault)
{
    for (size_t i = 0; i < fixture->fault_count; i++) {
        if (fixture->faults[i].operation != operation)
            continue;
        *fault = fixture->faults[i];
        fixture->fault_count--;
        memmove(&fixture->faults[i], &fixture->faults[i + 1],
            (fixture->fault_count - i) * sizeof(*fault));
        return true;
    }
    return false;
}

void fixture_fail(
    struct fixture *fixture, enum operation operation, enum outcome outcome, bool applied)
{
    assert_true(fixture->fault_count < FIXTURE_FAULTS);
    fixture->faults[fixture->fault_count++] = (struct fixture_fault){
        operation, outcome, applied, 0};
}

static void give_violations(const struct fixture *fixture, struct answer *answer)
{
    if (fixture->violation_count == 0 || answer->outcome != OUTCOME_INVALID)
        return;
    answer->violations = memory_new(fixture->violation_count, sizeof(*answer->violations));
    for (size_t i = 0; i < fixture->violation_count; i++)
        answer->violations[answer->violation_count++] = (struct violation){
            .field = memory_text(fixture->violations[i].field),
            .description = memory_text(fixture->violations[i].description),
        };
}

static void answer_request(struct fixture *fixture, struct request *request)
{
    struct answer answer = {.request_id = request->id, .operation = request->operation};
    struct fixture_fault fault = {0};
    bool faulty = take_fault(fixture, request->operation, &fault);
    if (!faulty || fault.applied)
        fixture_serve(fixture, request, &answer);
    if (faulty) {
        answer_deinit(&answer);
        answer.request_id = request->id;
        answer.operation = request->operation;
        answer.outcome = fault.outcome;
        answer.retry_after_ms = fault.retry_after_ms;
        give_violations(fixture, &answer);
    }
    if (answer.outcome != OUTCOME_OK)
        answer.explanation = memory_format("%s: the tests say %s",
            operation_name(request->operation), outcome_name(answer.outcome));
    answer.server_wall_ms = fixture->now.wall_ms + fixture->server_ahead_ms;
    struct event event = {.kind = EVENT_ANSWER, .answer = &answer};
    request_free(request);
    fixture_handle(fixture, &event);
    answer_deinit(&answer);
}

bool fixture_answer(struct fixture *fixture, enum operation operation)
{
    for (size_t i = 0; i < fixture->request_count; i++) {
        struct request *request = fixture->requests[i];
        if (request->operation != operation)
            continue;
        fixture->request_count--;
        memmove(&fixture->requests[i], &fixture->requests[i + 1],
            (fixture->request_count - i) * sizeof(struct request *));
        answer_request(fixture, request);
        return true;
    }
    return false;
}

// ---- Time

void fixture_commit(struct fixture *fixture)
{
    while (fixture->commit_count > 0) {
        struct effects commit = fixture->commits[0];
        memmove(&fixture->commits[0], &fixture->commits[1],
            --fixture->commit_count * sizeof(struct effects));
        struct event event = {.kind = EVENT_COMMITTED, .serial = commit.serial};
        apply_commit(fixture, &commit);
        fixture_handle(fixture, &event);
    }
}

void fixture_settle(struct fixture *fixture)
{
    size_t rounds = 0;
    while (fixture->commit_count > 0 || fixture->request_count > 0) {
        fixture_commit(fixture);
        if (fixture->request_count > 0)
            assert_true(fixture_answer(fixture, fixture->requests[0]->operation));
        assert_true(++rounds < 10000); // a hot loop
    }
}

static void tick(struct fixture *fixture, int64_t end_ms)
{
    int64_t next_ms = engine_next_wake(fixture->engine);
    int64_t to_ms = next_ms < end_ms ? next_ms : end_ms;
    if (to_ms > fixture->now.monotonic_ms) {
        fixture->now.wall_ms += to_ms - fixture->now.monotonic_ms;
        fixture->now.monotonic_ms = to_ms;
    }
    struct event event = {.kind = EVENT_TIMER};
    fixture_handle(fixture, &event);
}

void fixture_run(struct fixture *fixture, int64_t duration_ms)
{
    int64_t end_ms = fixture->now.monotonic_ms + duration_ms;
    size_t ticks = 0;
    fixture_settle(fixture);
    while (fixture->now.monotonic_ms < end_ms) {
        tick(fixture, end_ms);
        fixture_settle(fixture);
        assert_true(++ticks < 100000);
    }
}

void fixture_wait(struct fixture *fixture, int64_t duration_ms)
{
    int64_t end_ms = fixture->now.monotonic_ms + duration_ms;
    size_t ticks = 0;
    while (fixture->now.monotonic_ms < end_ms) {
        tick(fixture, end_ms);
        assert_true(++ticks < 100000);
    }
}

void fixture_command(struct fixture *fixture, enum command_kind kind, const char *name)
{
    struct command command = {.kind = kind, .name = name};
    struct event event = {.kind = EVENT_COMMAND, .command = &command};
    fixture_handle(fixture, &event);
}

// ---- Looking

size_t fixture_writes(const struct fixture *fixture)
{
    size_t count = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        count += operation_is_write((enum operation)i) ? fixture->sent[i] : 0;
    return count;
}

size_t fixture_pending(const struct fixture *fixture, enum operation operation)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->request_count; i++)
        count += fixture->requests[i]->operation == operation ? 1 : 0;
    return count;
}

struct image_status fixture_status(struct fixture *fixture, const char *name)
{
    struct image_status status;
    assert_true(engine_status(fixture->engine, name, &status));
    return status;
}

void fixture_assert_state(
    struct fixture *fixture, const char *name, enum image_state state, enum reason reason)
{
    const struct record *record = fixture_status(fixture, name).record;
    if (record->state != state || record->reason != reason)
        print_message("%s is %s, %s: %s\n", name, state_name(record->state),
            reason_name(record->reason), record->message);
    assert_int_equal(record->state, state);
    assert_int_equal(record->reason, reason);
}
