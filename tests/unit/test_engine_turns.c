// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Work spread over turns: that none is long, that all is done in the end, and that what must see
// all images at once still does.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/engine_state.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

// One call of the engine: its changes of state.
static size_t turn(struct fixture *fixture)
{
    size_t before = fixture->history;
    struct event event = {.kind = EVENT_TIMER};
    fixture_handle(fixture, &event);
    return fixture->history - before;
}

static struct fixture *fixture_of_short_turns(int images)
{
    struct fixture *fixture = fixture_with_images(images, "");
    fixture->options.images_per_turn = 1;
    return fixture;
}

static void test_a_turn_decides_no_more_than_it_may(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(20);
    record_list_deinit(&fixture->durable); // nothing is on record: all are new
    fixture_load(fixture);
    fixture_read_directory(fixture);
    size_t turns = 0;
    while (engine_busy(fixture->engine)) {
        assert_int_equal(engine_next_wake(fixture->engine), fixture->now.monotonic_ms);
        assert_false(engine_settled(fixture->engine));
        assert_true(turn(fixture) <= 1);
        assert_true(++turns < 1000);
    }
    assert_true(turns >= 20);
    assert_true(fixture->history >= 20);
    assert_int_equal(engine_summary(fixture->engine).total, 20);
    fixture_run(fixture, MINUTE);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

static void add_gone(struct directory_event *directory, int first, int last)
{
    for (int i = first; i <= last; i++) {
        char path[32];
        snprintf(path, sizeof(path), "vm-%d.yaml", i);
        text_list_add(&directory->gone, path);
    }
}

// All are counted before the first is deleted, however few a turn looks at.
static void test_the_brake_counts_across_turns(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(20);
    fixture->options.grace_ms = 0;
    fixture_restart(fixture);
    fixture_run(fixture, MINUTE);
    fixture->file_count = 1;
    for (size_t i = 1; i < 20; i++) {
        free(fixture->files[i].path);
        free(fixture->files[i].text);
    }
    struct directory_event directory = {.complete = true, .present = 1};
    add_gone(&directory, 1, 19);
    struct event event = {.kind = EVENT_DIRECTORY, .directory = &directory};
    fixture_handle(fixture, &event);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    assert_int_equal(engine_summary(fixture->engine).awaiting_approval, 19);
    assert_int_equal(fixture->reports[REPORT_BRAKE], 1);
    fixture_free(fixture);
}

// Files that went, as those that came; and nothing is decided before all are taken in.
static void test_gone_files_are_taken_in_portions(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(40);
    fixture->options.deletion_maximum = 100;
    fixture_restart(fixture);
    fixture_run(fixture, MINUTE);
    struct directory_event directory = {.complete = true, .present = 1};
    add_gone(&directory, 1, 39);
    struct event event = {.kind = EVENT_DIRECTORY, .directory = &directory};
    fixture_handle(fixture, &event);
    size_t turns = 1;
    size_t left = engine_summary(fixture->engine).declarations.files;
    assert_in_range(left, 32, 39);
    for (; left > 1; turns++) {
        assert_true(fixture_status(fixture, "vm-1").declared);
        turn(fixture);
        size_t now = engine_summary(fixture->engine).declarations.files;
        assert_in_range(left - now, 1, 8);
        left = now;
    }
    assert_true(turns >= 5);
    while (engine_busy(fixture->engine))
        turn(fixture);
    assert_false(fixture_status(fixture, "vm-1").declared);
    fixture_free(fixture);
}

static size_t count_declared(struct fixture *fixture, int images)
{
    size_t count = 0;
    for (int i = 0; i < images; i++) {
        char name[32];
        snprintf(name, sizeof(name), "vm-%d", i);
        count += fixture_status(fixture, name).declared ? 1 : 0;
    }
    return count;
}

// The first reading of the directory concerns all that the record knows, whether it shows them or
// not.
static void test_what_the_record_knows_is_taken_in_portions(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(40);
    fixture_restart(fixture);
    fixture_run(fixture, MINUTE);
    fixture_load(fixture);
    struct directory_event directory = {.complete = true, .present = 1};
    struct event event = {.kind = EVENT_DIRECTORY, .directory = &directory};
    fixture_handle(fixture, &event);
    size_t left = count_declared(fixture, 40);
    assert_int_equal(left, 32);
    while (left > 0) {
        turn(fixture);
        size_t now = count_declared(fixture, 40);
        assert_int_equal(left - now, 8);
        left = now;
    }
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

// What concerns all, as the configuration, queues so many a turn, and decides about them after.
static void test_all_are_queued_in_portions(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(40);
    fixture_restart(fixture);
    fixture_run(fixture, MINUTE);
    engine_configure(fixture->engine, &fixture->options);
    assert_true(engine_busy(fixture->engine));
    for (size_t queued = 0; queued < 40; queued += 8) {
        assert_int_equal(fixture->engine->queue.count, queued);
        turn(fixture);
    }
    assert_int_equal(fixture->engine->queue.count, 40);
    while (engine_busy(fixture->engine))
        turn(fixture);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

// A newer reading of the directory does not overtake what is left of the older one.
static void test_readings_are_taken_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(20);
    fixture_load(fixture);
    fixture_read_directory(fixture);
    assert_true(engine_busy(fixture->engine));
    fixture_put(fixture, "vm-19.yaml", "name: other\nvm_id: i-1\n");
    fixture_run(fixture, 10 * SECOND); // less than the grace
    assert_int_equal(engine_summary(fixture->engine).declarations.valid, 20);
    fixture_assert_state(fixture, "other", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_false(fixture_status(fixture, "vm-19").declared);
    fixture_free(fixture);
}

// The list's images, ours that it shows, and ours that it lacks.
static void test_a_list_is_taken_in_portions(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(20);
    fixture_restart(fixture);
    fixture_run(fixture, MINUTE);
    fixture_delete_live(fixture, "vm-3");
    fixture_live(fixture, "vm-7")->access = (struct access){
        .present = true, .is_public = BOOLEAN_TRUE};
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    while (engine_busy(fixture->engine))
        turn(fixture);
    fixture->sent[OPERATION_LIST_IMAGES] = 0;
    fixture_wait(fixture, 6 * MINUTE);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    size_t turns = 0;
    for (; engine_busy(fixture->engine); turns++) {
        assert_int_equal(fixture_pending(fixture, OPERATION_LIST_IMAGES), 0); // one at a time
        turn(fixture);
        fixture_commit(fixture);
        assert_true(turns < 1000);
    }
    assert_true(turns >= 19 + 20 + 20); // its images, ours counted, ours taken
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-3", STATE_AVAILABLE, REASON_IN_SYNC); // made again
    assert_int_equal(fixture_live(fixture, "vm-7")->access.is_public, BOOLEAN_FALSE);
    assert_int_equal(fixture->cloud.count, 20);
    assert_null(engine_summary(fixture->engine).api_fault);
    fixture_free(fixture);
}

// What a turn had no time for is freed with the engine (the sanitizers tell).
static void test_ends_in_the_middle(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_of_short_turns(20);
    fixture_load(fixture);
    fixture_read_directory(fixture);
    assert_true(engine_busy(fixture->engine));
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_turn_decides_no_more_than_it_may),
        cmocka_unit_test(test_the_brake_counts_across_turns),
        cmocka_unit_test(test_gone_files_are_taken_in_portions),
        cmocka_unit_test(test_what_the_record_knows_is_taken_in_portions),
        cmocka_unit_test(test_all_are_queued_in_portions),
        cmocka_unit_test(test_readings_are_taken_in_order),
        cmocka_unit_test(test_a_list_is_taken_in_portions),
        cmocka_unit_test(test_ends_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
