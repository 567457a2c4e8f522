// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// However many things happen at once, few are told by themselves; all are counted, none twice.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/instant.h"
#include "core/report_limit.h"

#define START_MS 5000 // monotonic clocks do not begin with 0

static unsigned burst_of(enum report_kind kind)
{
    return report_row(kind)->burst;
}

static bool passes(struct report_limit *limit, enum report_kind kind, enum reason reason,
    unsigned number, int64_t now_ms)
{
    char name[32];
    char text[64];
    snprintf(name, sizeof(name), "web-%05u", number);
    snprintf(text, sizeof(text), "%s: words", name);
    struct report report = {
        .kind = kind, .text = text, .name = name, .reason = reason_name(reason)};
    return report_limit_pass(limit, &report, now_ms);
}

static void assert_summary(struct report_limit *limit, int64_t now_ms, const char *text)
{
    struct report summary;
    assert_true(report_limit_summary(limit, now_ms, &summary));
    assert_int_equal(summary.kind, REPORT_SUMMARY);
    assert_string_equal(summary.text, text);
    report_deinit(&summary);
}

static void assert_no_summary(struct report_limit *limit, int64_t now_ms)
{
    struct report summary;
    assert_false(report_limit_summary(limit, now_ms, &summary));
}

static void ten_thousand_failures_are_few_entries(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    unsigned told = 0;
    for (unsigned i = 1; i <= 10000; i++)
        told += passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_REJECTED, i, START_MS + i / 1000)
                    ? 1
                    : 0;
    assert_int_equal(told, burst_of(REPORT_STATE_CHANGED_FAILED));
    assert_true(report_limit_due(&limit) == START_MS + REPORT_WINDOW_MS);
    assert_no_summary(&limit, START_MS + REPORT_WINDOW_MS - 1);
    assert_summary(&limit, START_MS + REPORT_WINDOW_MS,
        "and 9950 more images failed within 30 s: 9950 Rejected; from web-00051 to web-10000; "
        "the last one: web-10000: words");
    assert_no_summary(&limit, INSTANT_NEVER);
    assert_true(report_limit_due(&limit) == INSTANT_NEVER);
    report_limit_deinit(&limit);
}

static void a_rare_reason_is_told_in_the_flood(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    for (unsigned i = 1; i <= 60; i++)
        (void)passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_REJECTED, i, START_MS);
    assert_true(passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_FORBIDDEN, 61, START_MS));
    for (unsigned i = 62; i <= 111; i++)
        (void)passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_FORBIDDEN, i, START_MS);
    assert_summary(&limit, INSTANT_NEVER,
        "and 11 more images failed within 30 s: 1 Forbidden, 10 Rejected; from web-00051 to "
        "web-00111; the last one: web-00111: words");
    report_limit_deinit(&limit);
}

static void windows_follow_each_other(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    unsigned burst = burst_of(REPORT_IMAGE_MADE);
    for (unsigned i = 0; i <= burst; i++)
        assert_int_equal(passes(&limit, REPORT_IMAGE_MADE, 0, i, START_MS), i < burst);
    // The window is over, but its summary was not told yet: what comes now is counted there.
    assert_false(passes(&limit, REPORT_IMAGE_MADE, 0, 98, START_MS + REPORT_WINDOW_MS));
    assert_summary(&limit, START_MS + REPORT_WINDOW_MS,
        "and 2 more images made within 30 s; from web-00050 to web-00098; the last one: web-00098: "
        "words");
    assert_true(passes(&limit, REPORT_IMAGE_MADE, 0, 99, START_MS + REPORT_WINDOW_MS));
    report_limit_deinit(&limit);
}

static void a_steady_trickle_is_never_summarised(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    for (unsigned i = 0; i < 2000; i++)
        assert_true(
            passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_REJECTED, i, START_MS + i * 1000));
    assert_true(report_limit_due(&limit) == INSTANT_NEVER);
    report_limit_deinit(&limit);
}

static void kinds_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    for (unsigned i = 1; i <= 1000; i++)
        (void)passes(&limit, REPORT_STATE_CHANGED_PENDING, REASON_CREATING, i, START_MS);
    assert_true(passes(&limit, REPORT_STATE_CHANGED_FAILED, REASON_REJECTED, 1, START_MS + 7));
    assert_true(report_limit_due(&limit) == START_MS + REPORT_WINDOW_MS);
    report_limit_deinit(&limit);
}

// What the daemon says of itself, what people asked for, and what was deleted.
static void some_are_always_told(void **state)
{
    (void)state;
    static const enum report_kind kinds[] = {
        REPORT_IMAGE_DELETED,
        REPORT_DIRECTORY_FAULT,
        REPORT_DIRECTORY_RECOVERED,
        REPORT_API_FAULT,
        REPORT_API_RECOVERED,
        REPORT_RECORD_FAULT,
        REPORT_RECORD_RECOVERED,
        REPORT_BRAKE,
        REPORT_STARTED,
        REPORT_STOPPING,
        REPORT_RELOADED,
        REPORT_RELOAD_REFUSED,
        REPORT_OPERATOR,
        REPORT_SUMMARY,
    };
    struct report_limit limit = {0};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (unsigned j = 0; j < 10000; j++)
            assert_true(passes(&limit, kinds[i], REASON_CREATING, j, START_MS));
    assert_true(report_limit_due(&limit) == INSTANT_NEVER);
}

static void a_summary_is_as_grave_as_what_it_stands_for(void **state)
{
    (void)state;
    struct report_limit limit = {0};
    struct report report = {.kind = REPORT_DECLARATION_WARNING, .text = (char[]){"words"}};
    struct report summary;
    for (unsigned i = 0; i <= burst_of(report.kind); i++)
        (void)report_limit_pass(&limit, &report, START_MS);
    assert_true(report_limit_summary(&limit, INSTANT_NEVER, &summary));
    assert_int_equal(report_level(&summary), REPORT_WARNING);
    assert_string_equal(summary.text, "and one more: words");
    report_deinit(&summary);
}

// Far below what journald takes within 30 s, even where the ends of two windows meet.
static void the_table_keeps_below_what_journald_takes(void **state)
{
    (void)state;
    size_t most = 0;
    for (enum report_kind kind = 0; kind < REPORT_COUNT; kind++) {
        const struct report_row *row = report_row(kind);
        assert_int_equal(row->burst > 0, row->many != NULL);
        most += (size_t)row->burst * (row->by_reason ? REASON_COUNT + 1 : 1);
    }
    assert_in_range(most * 2, 1, 10000 - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_failures_are_few_entries),
        cmocka_unit_test(a_rare_reason_is_told_in_the_flood),
        cmocka_unit_test(windows_follow_each_other),
        cmocka_unit_test(a_steady_trickle_is_never_summarised),
        cmocka_unit_test(kinds_do_not_disturb_each_other),
        cmocka_unit_test(some_are_always_told),
        cmocka_unit_test(a_summary_is_as_grave_as_what_it_stands_for),
        cmocka_unit_test(the_table_keeps_below_what_journald_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
