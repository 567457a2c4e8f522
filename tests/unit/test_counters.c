// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/memory.h"
#include "imaged/counters.h"

static struct engine *engine_with(uint32_t attempts, int64_t lost_wall_ms)
{
    struct engine_options options = engine_default_options();
    options.installation = "tests";
    struct engine *engine = engine_new(&options);
    struct record_list records = {0};
    struct record *record = record_new("tried");
    struct effects effects = {0};
    record->attempts = attempts;
    record->lost_wall_ms = lost_wall_ms;
    record_list_add(&records, record);
    struct event event = {.kind = EVENT_LOADED, .loaded = {.records = &records}};
    engine_handle(engine, &event, (struct instant){.monotonic_ms = 1, .wall_ms = 1}, &effects);
    effects_deinit(&effects);
    record_list_deinit(&records);
    return engine;
}

static uint64_t retries_of(
    uint32_t attempts, int64_t lost_wall_ms, enum operation operation, const char *name)
{
    struct engine *engine = engine_with(attempts, lost_wall_ms);
    struct counters counters = {0};
    struct effects effects = {0};
    effects_add(&effects, EFFECT_REQUEST)->request = request_new(operation, name);
    counters_effects(&counters, &effects, engine, (struct instant){0});
    effects_deinit(&effects);
    engine_free(engine);
    return counters.retries;
}

static void only_writes_after_a_failure_are_retries(void **state)
{
    (void)state;
    assert_int_equal(retries_of(1, 0, OPERATION_CREATE_IMAGE, "tried"), 1);
    assert_int_equal(retries_of(0, 1, OPERATION_CREATE_IMAGE, "tried"), 1);
    assert_int_equal(retries_of(0, 1, OPERATION_SET_TAGS, "tried"), 0);
    assert_int_equal(retries_of(0, 0, OPERATION_CREATE_IMAGE, "tried"), 0);
    assert_int_equal(retries_of(1, 1, OPERATION_READ_IMAGE, "tried"), 0);
    assert_int_equal(retries_of(1, 1, OPERATION_CREATE_IMAGE, "unknown"), 0);
    assert_int_equal(retries_of(1, 1, OPERATION_CREATE_IMAGE, NULL), 0);
}

static void changes_and_events_are_counted(void **state)
{
    (void)state;
    struct counters counters = {0};
    struct effects effects = {0};
    struct history_row *row = memory_new(1, sizeof(*row));
    row->state = STATE_FAILED;
    row->reason = REASON_REJECTED;
    effects_add(&effects, EFFECT_HISTORY)->history = row;
    effects_add(&effects, EFFECT_REPORT)->report.kind = REPORT_API_FAULT;
    effects_add(&effects, EFFECT_REPORT)->report.kind = REPORT_API_FAULT;
    counters_effects(&counters, &effects, NULL, (struct instant){0});
    counters_event(&counters, REPORT_RELOADED);
    assert_int_equal(counters.changes[STATE_FAILED][REASON_REJECTED], 1);
    assert_int_equal(counters.events[REPORT_API_FAULT], 2);
    assert_int_equal(counters.events[REPORT_RELOADED], 1);
    effects_deinit(&effects);
}

static void ask_list(struct counters *counters, int64_t now_ms)
{
    struct effects effects = {0};
    effects_add(&effects, EFFECT_REQUEST)->request = request_new(OPERATION_LIST_IMAGES, NULL);
    counters_effects(counters, &effects, NULL, (struct instant){.monotonic_ms = now_ms});
    effects_deinit(&effects);
}

static void a_resync_lasts_from_the_wish_to_the_answer(void **state)
{
    (void)state;
    struct counters counters = {0};
    struct answer answer = {.operation = OPERATION_LIST_IMAGES, .outcome = OUTCOME_OK};
    struct answer other = {.operation = OPERATION_READ_IMAGE, .outcome = OUTCOME_OK};
    const struct instant now = {.monotonic_ms = 3000, .wall_ms = 99};
    counters_answer(&counters, &answer, now); // one that nobody asked for
    assert_int_equal(histogram_count(&counters.resyncs), 0);
    ask_list(&counters, 1000);
    counters_answer(&counters, &other, now);
    counters_answer(&counters, &answer, now);
    assert_int_equal(histogram_count(&counters.resyncs), 1);
    assert_true(counters.resyncs.sum_seconds == 2);
    assert_int_equal(counters.resync_done_wall_ms, 99);
}

static void a_resync_that_failed_is_none(void **state)
{
    (void)state;
    struct counters counters = {0};
    struct answer answer = {.operation = OPERATION_LIST_IMAGES, .outcome = OUTCOME_BROKEN};
    ask_list(&counters, 1000);
    counters_answer(&counters, &answer, (struct instant){.monotonic_ms = 2000, .wall_ms = 9});
    assert_int_equal(histogram_count(&counters.resyncs), 0);
    assert_int_equal(counters.resync_done_wall_ms, 0);
    assert_int_equal(counters.resync_asked_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_writes_after_a_failure_are_retries),
        cmocka_unit_test(changes_and_events_are_counted),
        cmocka_unit_test(a_resync_lasts_from_the_wish_to_the_answer),
        cmocka_unit_test(a_resync_that_failed_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
