// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of metrics keeps Prometheus' conventions, and the text says what was handed in.
#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "imaged/metrics.h"
#include "imaged/recorder.h"

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static void check_name(const char *name)
{
    for (const char *each = name; *each != '\0'; each++)
        assert_true(islower((unsigned char)*each) || *each == '_');
}

static void names_keep_the_conventions(void **state)
{
    (void)state;
    assert_true(metric_count > 25);
    for (size_t i = 0; i < metric_count; i++) {
        const struct metric *metric = &metrics[i];
        check_name(metric->name);
        assert_true(
            strncmp(metric->name, "imaged_", 7) == 0 || strncmp(metric->name, "process_", 8) == 0);
        assert_int_equal(metric->type == METRIC_COUNTER, ends_with(metric->name, "_total"));
        if (metric->type == METRIC_HISTOGRAM)
            assert_true(ends_with(metric->name, "_seconds"));
        assert_true(ends_with(metric->help, "."));
        assert_null(strchr(metric->help, '\n'));
        for (size_t j = 0; j < METRIC_LABELS && metric->labels[j] != NULL; j++)
            check_name(metric->labels[j]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(metric->name, metrics[j].name);
    }
}

// A daemon that has seen something of everything.
struct world {
    struct tally tally;
    struct counters counters;
    struct histogram turns;
    struct recorder_statistics record;
    struct metric_sources sources;
    struct text out;
};

static int set_up(void **state)
{
    struct world *world = memory_new(1, sizeof(*world));
    world->sources = (struct metric_sources){
        .version = "1.2.3",
        .mode = "apply",
        .started_wall_ms = 1700000000500,
        .now = {.monotonic_ms = 50000, .wall_ms = 1700000100000},
        .tally = &world->tally,
        .counters = &world->counters,
        .turns = &world->turns,
        .record = &world->record,
    };
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    tally_deinit(&world->tally);
    text_deinit(&world->out);
    free(world);
    return 0;
}

static void assert_says(struct world *world, const char *line)
{
    CLEANUP(memory_free_text) char *whole = memory_format("\n%s\n", line);
    text_clear(&world->out);
    metrics_write(&world->sources, &world->out);
    if (strstr(text_string(&world->out), whole) == NULL)
        fail_msg("%s is not in\n%s", line, text_string(&world->out));
}

static void what_was_handed_in_is_said(void **state)
{
    struct world *world = *state;
    struct metric_sources *sources = &world->sources;
    sources->ready = true;
    sources->summary.counts[STATE_PENDING][REASON_IMAGE_PENDING] = 7;
    sources->summary.counts[STATE_PENDING][REASON_FORBIDDEN] = 2; // an unusual pair
    sources->oldest_wall_ms[REASON_IMAGE_PENDING] = 1700000000000;
    sources->summary.declarations.invalid = 3;
    sources->summary.api_fault = "no route";
    sources->summary.directory_read = true;
    sources->client.held_until_ms = 51500;
    sources->client.rate_milli = 2500;
    sources->client.tokens_granted = 4;
    sources->client.answered[OUTCOME_NOT_SENT] = 6;
    sources->process.open_descriptors = 12;
    world->counters.changes[STATE_FAILED][REASON_REJECTED] = 5;
    world->counters.events[REPORT_API_FAULT] = 8;
    world->counters.resync_done_wall_ms = 1700000050250;
    world->record.failures = 9;
    tally_add(&world->tally, OPERATION_CREATE_IMAGE, 201, 40);
    tally_add(&world->tally, OPERATION_READ_VMS, 0, 10000);
    tally_add(&world->tally, TALLY_TOKEN, 200, 5);
    static const char *const lines[] = {
        "imaged_build_info{version=\"1.2.3\",mode=\"apply\"} 1",
        "imaged_ready 1",
        "imaged_images{state=\"pending\",reason=\"ImagePending\"} 7",
        "imaged_images{state=\"pending\",reason=\"Forbidden\"} 2",
        "imaged_images{state=\"failed\",reason=\"Forbidden\"} 0",
        "imaged_oldest_pending_seconds{reason=\"ImagePending\"} 100",
        "imaged_oldest_pending_seconds{reason=\"Creating\"} 0",
        "imaged_image_changes_total{state=\"failed\",reason=\"Rejected\"} 5",
        "imaged_declarations{validity=\"invalid\"} 3",
        "imaged_events_total{event=\"api-fault\"} 8",
        "imaged_api_up 0",
        "imaged_directory_up 1",
        "imaged_record_up 1",
        "imaged_api_requests_total{operation=\"create_image\",code=\"201\"} 1",
        "imaged_api_requests_total{operation=\"read_VMs\",code=\"none\"} 1",
        "imaged_api_requests_total{operation=\"get_token\",code=\"200\"} 1",
        "imaged_api_request_duration_seconds_bucket{operation=\"create_image\",le=\"0.05\"} 1",
        "imaged_api_request_duration_seconds_count{operation=\"get_token\"} 1",
        "imaged_api_outcomes_total{outcome=\"not_sent\"} 6",
        "imaged_api_hold_seconds 1.5",
        "imaged_api_rate_limit_requests_per_second 2.5",
        "imaged_token_renewals_total{result=\"granted\"} 4",
        "imaged_last_resync_timestamp_seconds 1700000050.25",
        "imaged_record_write_failures_total 9",
        "process_open_fds 12",
        "process_start_time_seconds 1700000000.5",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_says(world, lines[i]);
}

static void clocks_that_jump_make_nothing_negative(void **state)
{
    struct world *world = *state;
    world->sources.oldest_wall_ms[REASON_CREATING] = 1800000000000;
    world->sources.client.held_until_ms = 1;
    assert_says(world, "imaged_oldest_pending_seconds{reason=\"Creating\"} 0");
    assert_says(world, "imaged_api_hold_seconds 0");
}

// Whatever has occurred: each metric has its lines once, and those are its own.
static void all_lines_stand_below_their_metric(void **state)
{
    struct world *world = *state;
    size_t begun = 0;
    metrics_write(&world->sources, &world->out);
    char *rest = world->out.bytes;
    for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0';
         line = strsep(&rest, "\n")) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            const char *name = metrics[begun++].name;
            assert_int_equal(strncmp(line + 7, name, strlen(name)), 0);
        } else if (*line != '#') {
            assert_true(begun > 0);
            const char *name = metrics[begun - 1].name;
            assert_int_equal(strncmp(line, name, strlen(name)), 0);
        }
    }
    assert_int_equal(begun, metric_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_keep_the_conventions),
        cmocka_unit_test_setup_teardown(what_was_handed_in_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clocks_that_jump_make_nothing_negative, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_lines_stand_below_their_metric, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
