// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/text.h"

struct engine_options engine_default_options(void)
{
    return (struct engine_options){
        .installation = "",
        .ownership_tags = true,
        .pending_minimum_ms = 2000,
        .pending_maximum_ms = 60 * 1000,
        .resync_ms = 5 * 60 * 1000,
        .grace_ms = 60 * 1000,
        .ambiguity_window_ms = 90 * 1000,
        .gone_after_ms = 60 * 1000,
        .deletion_maximum = 5,
        .deletion_window_ms = 60 * 60 * 1000,
        .concurrent_writes = 16,
    };
}

void gathering_add(struct gathering *gathering, struct managed *managed)
{
    gathering->items = memory_grow(
        gathering->items, gathering->count, &gathering->capacity, sizeof(*gathering->items));
    gathering->items[gathering->count++] = managed;
}

void gathering_deinit(struct gathering *gathering)
{
    free(gathering->items);
    *gathering = (struct gathering){0};
}

void gathering_remove(struct gathering *gathering, const struct managed *managed)
{
    size_t kept = gathering->first;
    for (size_t i = gathering->first; i < gathering->count; i++)
        if (gathering->items[i] != managed)
            gathering->items[kept++] = gathering->items[i];
    gathering->count = kept;
    gathering_drop_first(gathering, 0);
}

// What is left moves to the front only when that is less than what was taken: moved each time, a
// long queue would cost its length for each that is taken.
void gathering_drop_first(struct gathering *gathering, size_t count)
{
    gathering->first += count;
    size_t left = gathering->count - gathering->first;
    if (gathering->first == 0 || left > gathering->first)
        return;
    if (left > 0)
        memmove(
            gathering->items, gathering->items + gathering->first, left * sizeof(struct managed *));
    gathering->first = 0;
    gathering->count = left;
}

static const char *name_of(const void *item)
{
    return ((const struct managed *)item)->record->name;
}

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = memory_new(1, sizeof(*engine));
    engine->targets_limit = TARGETS_PER_REQUEST;
    engine->catalogue = catalogue_new();
    text_index_init(&engine->managed, name_of);
    engine->view = view_new();
    engine->searches = searches_new();
    engine->listed.asked_ms = -1;
    random_init(&engine->random, options->seed);
    engine->by_name = name_order_new(options->seed);
    engine->list_asked = true;
    engine_configure(engine, options);
    return engine;
}

void engine_configure(struct engine *engine, const struct engine_options *options)
{
    engine->options = *options;
    memory_replace_text(&engine->installation, options->installation);
    engine->options.installation = engine->installation;
    field_table_deinit(&lifecycle_table, &engine->defaults);
    engine->defaults = (struct lifecycle){0};
    if (options->defaults != NULL)
        field_table_copy(&lifecycle_table, &engine->defaults, options->defaults);
    engine->options.defaults = &engine->defaults;
    engine_queue_all(engine);
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    struct managed *managed = NULL;
    for (size_t place = 0; (managed = text_index_next(&engine->managed, &place)) != NULL;)
        managed_free(managed);
    text_index_deinit(&engine->managed);
    struct outstanding *outstanding = NULL;
    struct outstanding *next_outstanding = NULL;
    HASH_ITER(hh, engine->outstanding, outstanding, next_outstanding)
    {
        HASH_DEL(engine->outstanding, outstanding);
        text_list_deinit(&outstanding->names);
        text_list_deinit(&outstanding->targets);
        free(outstanding);
    }
    struct gathering *gatherings[] = {&engine->storing, &engine->counting, &engine->queue,
        &engine->waiting, &engine->looks, &engine->polls, &engine->confirms, &engine->checks,
        &engine->awaiting};
    for (size_t i = 0; i < sizeof(gatherings) / sizeof(gatherings[0]); i++)
        gathering_deinit(gatherings[i]);
    name_order_free(engine->by_name);
    free(engine->queueing.last);
    engine_drop_intake(engine);
    engine_drop_listing(engine);
    catalogue_free(engine->catalogue);
    searches_free(engine->searches);
    view_free(engine->view);
    schedule_deinit(&engine->schedule);
    brake_deinit(&engine->brake);
    field_table_deinit(&lifecycle_table, &engine->defaults);
    free(engine->installation);
    free(engine->directory_fault);
    free(engine->api_fault);
    free(engine->record_fault);
    free(engine);
}

struct managed *engine_find(const struct engine *engine, const char *name)
{
    return text_index_find(&engine->managed, name);
}

// The summary is asked for after each event, so that nothing is counted there.
static void count_state(struct engine *engine, const struct record *record, bool adding)
{
    size_t *count = &engine->counts[record->state][record->reason];
    *count = adding ? *count + 1 : *count - 1;
}

void engine_set_observing(struct engine *engine, struct managed *managed, bool observing)
{
    if (managed->observing == observing)
        return;
    managed->observing = observing;
    engine->observing = observing ? engine->observing + 1 : engine->observing - 1;
}

struct managed *engine_add(struct engine *engine, struct record *record)
{
    struct managed *managed = managed_new(record);
    text_index_put(&engine->managed, managed);
    name_order_add(engine->by_name, record->name, managed);
    count_state(engine, record, true);
    return managed;
}

static void leave_gatherings(struct engine *engine, const struct managed *managed)
{
    const struct {
        struct gathering *gathering;
        bool joined; // perhaps
    } memberships[] = {
        {&engine->counting, managed->counting},
        {&engine->queue, managed->queued},
        {&engine->storing, managed->phase == PHASE_STORING},
        {&engine->waiting, managed->waiting},
        {&engine->awaiting, managed->awaits_source},
        {&engine->looks, managed->observing},
        {&engine->polls, managed->observing},
        {&engine->confirms, managed->observing},
        {&engine->checks, managed->observing},
    };
    for (size_t i = 0; i < sizeof(memberships) / sizeof(memberships[0]); i++)
        if (memberships[i].joined)
            gathering_remove(memberships[i].gathering, managed);
}

void engine_drop(struct engine *engine, struct managed *managed)
{
    effects_add(engine->effects, EFFECT_FORGET)->name = memory_text(managed->record->name);
    leave_gatherings(engine, managed);
    if (managed->wants_deletion)
        engine->brake.wanted--;
    schedule_set(&engine->schedule, &managed->timer, INSTANT_NEVER);
    engine_set_observing(engine, managed, false);
    count_state(engine, managed->record, false);
    text_index_remove(&engine->managed, managed->record->name);
    name_order_remove(engine->by_name, managed->record->name);
    managed_free(managed);
    engine->revision++;
}

void engine_report(struct engine *engine, enum report_kind kind, const struct managed *managed,
    const char *format, ...)
{
    struct report *report = &effects_add(engine->effects, EFFECT_REPORT)->report;
    report->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    report->text = memory_format_list(format, arguments);
    va_end(arguments);
    if (managed == NULL)
        return;
    const struct record *record = managed->record;
    report->name = memory_text(record->name);
    report->image_id = memory_text(record->image_id);
    report->state = state_name(record->state);
    report->reason = reason_name(record->reason);
    report->file = memory_text(record->file);
}

static void add_history(struct engine *engine, const struct record *record)
{
    struct history_row *row = memory_new(1, sizeof(*row));
    row->wall_ms = engine->now.wall_ms;
    row->name = memory_text(record->name);
    row->state = record->state;
    row->reason = record->reason;
    row->message = memory_text(record->message);
    row->image_id = memory_text(record->image_id);
    effects_add(engine->effects, EFFECT_HISTORY)->history = row;
}

void engine_show(struct engine *engine, struct managed *managed, enum image_state state,
    enum reason reason, const char *message)
{
    static const enum report_kind kinds[STATE_COUNT] = {
        [STATE_PENDING] = REPORT_STATE_CHANGED_PENDING,
        [STATE_AVAILABLE] = REPORT_STATE_CHANGED_AVAILABLE,
        [STATE_FAILED] = REPORT_STATE_CHANGED_FAILED,
    };
    struct record *record = managed->record;
    bool same_words = record->message != NULL && strcmp(record->message, message) == 0;
    bool same = record->since_wall_ms != 0 && record->state == state && record->reason == reason;
    if (same && same_words)
        return;
    memory_replace_text(&record->message, message);
    managed->dirty = true;
    engine->revision++;
    if (same)
        return;
    count_state(engine, record, false);
    record->state = state;
    record->reason = reason;
    count_state(engine, record, true);
    record->since_wall_ms = engine->now.wall_ms;
    add_history(engine, record);
    engine_report(engine, kinds[state], managed, "%s: %s, %s: %s", record->name, state_name(state),
        reason_name(reason), message);
}

void engine_rest(struct engine *engine, struct managed *managed, int64_t delay_ms)
{
    managed->rest_until_ms = engine->now.monotonic_ms + delay_ms;
    managed->record->next_attempt_wall_ms = engine->now.wall_ms + delay_ms;
    managed->dirty = true;
}

void engine_unrest(struct managed *managed)
{
    struct record *record = managed->record;
    if (record->attempts != 0 || record->next_attempt_wall_ms != 0)
        managed->dirty = true;
    record->attempts = 0;
    record->next_attempt_wall_ms = 0;
    managed->rest_until_ms = 0;
}

bool engine_set_fault(struct engine *engine, char **fault, const char *text, enum report_kind came,
    enum report_kind went)
{
    bool was = *fault != NULL;
    bool is = text != NULL;
    if (is && was && strcmp(*fault, text) == 0)
        return false;
    if (is && !was)
        engine_report(engine, came, NULL, "%s", text);
    if (!is && was)
        engine_report(engine, went, NULL, "well again, after: %s", *fault);
    memory_replace_text(fault, text);
    engine->revision++;
    return is != was;
}

uint64_t engine_order(struct engine *engine)
{
    return ++engine->order;
}

int64_t engine_server_ms(const struct engine *engine)
{
    return engine->server_clock_known ? engine->now.monotonic_ms + engine->server_offset_ms
                                      : engine->now.wall_ms;
}

static void take_answer(struct engine *engine, struct answer *answer)
{
    struct outstanding *outstanding = NULL;
    HASH_FIND(hh, engine->outstanding, &answer->request_id, sizeof(uint64_t), outstanding);
    if (outstanding == NULL)
        return;
    HASH_DEL(engine->outstanding, outstanding);
    if (answer->server_wall_ms != 0) {
        engine->server_clock_known = true;
        engine->server_offset_ms = answer->server_wall_ms - engine->now.monotonic_ms;
    }
    if (operation_is_write(outstanding->operation)) {
        struct managed *managed = engine_find(engine, outstanding->names.items[0]);
        if (managed != NULL)
            engine_answered(engine, managed, outstanding->operation, answer);
    } else {
        engine_observed(engine, outstanding, answer);
    }
    text_list_deinit(&outstanding->names);
    text_list_deinit(&outstanding->targets);
    free(outstanding);
}

static void dispatch(struct engine *engine, const struct event *event)
{
    switch (event->kind) {
    case EVENT_LOADED:
        if (event->loaded.deletions != NULL)
            brake_parse(&engine->brake, event->loaded.deletions);
        engine_load(engine, event->loaded.records);
        break;
    case EVENT_DIRECTORY:
        engine_directory(engine, event->directory);
        break;
    case EVENT_COMMITTED:
        engine->committed = event->serial;
        engine_set_fault(
            engine, &engine->record_fault, NULL, REPORT_RECORD_FAULT, REPORT_RECORD_RECOVERED);
        engine_release_stored(engine);
        break;
    case EVENT_COMMIT_FAILED:
        engine_set_fault(engine, &engine->record_fault, event->text, REPORT_RECORD_FAULT,
            REPORT_RECORD_RECOVERED);
        break;
    case EVENT_ANSWER:
        take_answer(engine, event->answer);
        break;
    case EVENT_COMMAND:
        engine_command(engine, event->command);
        break;
    case EVENT_TIMER:
        break;
    }
}

// Whether anything among the effects added from `first` on belongs into the record.
static bool needs_commit(const struct effects *effects, size_t first)
{
    for (size_t i = first; i < effects->count; i++)
        if (effects->items[i].kind <= EFFECT_SETTING)
            return true;
    return false;
}

void engine_handle(
    struct engine *engine, const struct event *event, struct instant now, struct effects *effects)
{
    size_t first = effects->count;
    engine->now = now;
    engine->effects = effects;
    engine->serial++; // what is saved in this turn waits for this commit
    dispatch(engine, event);
    engine_work(engine);
    engine_flush(engine);
    if (needs_commit(effects, first))
        effects->serial = engine->serial;
    else
        engine->serial--;
    engine->effects = NULL;
}

int64_t engine_next_wake(const struct engine *engine)
{
    if (engine_busy(engine))
        return engine->now.monotonic_ms;
    int64_t next = schedule_next(&engine->schedule);
    if (engine_may_list(engine) && engine->list_at_ms < next)
        next = engine->list_at_ms;
    return next;
}
