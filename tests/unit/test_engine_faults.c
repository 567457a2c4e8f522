// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A directory, an API or a clock that is unwell: shouted about, waited out, and never taken for a
// wish.

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static struct fixture *with_images(int count)
{
    struct fixture *fixture = fixture_new();
    for (int i = 0; i < count; i++) {
        char path[32];
        char text[64];
        snprintf(path, sizeof(path), "vm-%d.yaml", i);
        snprintf(text, sizeof(text), "name: vm-%d\nvm_id: i-%d\n", i, i);
        fixture_put(fixture, path, text);
    }
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, count);
    return fixture;
}

// ---- The API

static void hide_all(struct fixture *fixture)
{
    fixture->hidden = true;
    fixture->hidden_from = 0;
}

static void test_empty_list_is_a_fault(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    hide_all(fixture);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 3);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->reports[REPORT_API_FAULT], 1);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture->hidden = false;
    fixture_run(fixture, 10 * MINUTE);
    assert_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->reports[REPORT_API_RECOVERED], 1);
    fixture_free(fixture);
}

static void test_list_that_lost_many_is_a_fault(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(9);
    fixture->hidden = true;
    fixture->hidden_from = 4; // four of nine are left
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 9);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    fixture_free(fixture);
}

// Images that were just made may not be in lists yet, however many they are.
static void test_list_that_lacks_what_was_just_made_is_none(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-0\n");
    fixture_put(fixture, "vm-1.yaml", "name: vm-1\nvm_id: i-1\n");
    (void)fixture_add_live(fixture, "an official one");
    fixture->hidden = true;
    fixture->hidden_from = 1;
    fixture_run(fixture, 10 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_run(fixture, 10 * SECOND);
    assert_int_equal(fixture->reports[REPORT_API_FAULT], 0);
    fixture->hidden = false;
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_assert_state(fixture, "vm-1", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_free(fixture);
}

// Nothing is left in the cloud, not even what others made, and an operator says that this is so.
static void test_empty_cloud_and_an_operator_retries(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(1);
    (void)fixture_add_live(fixture, "an official one");
    fixture_run(fixture, 10 * MINUTE);
    while (fixture->cloud.count > 0)
        fixture_delete_live(fixture, fixture->cloud.items[0]->name);
    fixture_run(fixture, 20 * MINUTE);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_command(fixture, COMMAND_RETRY, NULL);
    fixture_run(fixture, 10 * MINUTE);
    assert_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_free(fixture);
}

// They are really gone, and an operator says so.
static void test_all_gone_and_an_operator_retries(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    while (fixture->cloud.count > 0)
        fixture_delete_live(fixture, fixture->cloud.items[0]->name);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 3);
    fixture_command(fixture, COMMAND_RETRY, NULL);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 3);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 6);
    fixture_free(fixture);
}

static void test_api_that_is_down(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    for (int i = 0; i < FIXTURE_FAULTS; i++)
        fixture_fail(fixture, OPERATION_LIST_IMAGES, OUTCOME_BROKEN, false);
    size_t lists = fixture->sent[OPERATION_LIST_IMAGES];
    fixture_run(fixture, 60 * MINUTE);
    assert_in_range(fixture->sent[OPERATION_LIST_IMAGES] - lists, 8, 40);
    assert_int_equal(fixture->reports[REPORT_API_FAULT], 1);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture->fault_count = 0;
    fixture_run(fixture, 12 * MINUTE);
    assert_null(engine_summary(fixture->engine).api_fault);
    fixture_free(fixture);
}

// ---- The directory

static void test_directory_that_is_away(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    size_t writes = fixture_writes(fixture);
    fixture_directory_fault(fixture, "the directory is not there");
    fixture_directory_fault(fixture, "the directory is not there");
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->reports[REPORT_DIRECTORY_FAULT], 1);
    assert_string_equal(
        engine_summary(fixture->engine).directory_fault, "the directory is not there");
    fixture_read_directory(fixture);
    fixture_run(fixture, 10 * MINUTE);
    assert_null(engine_summary(fixture->engine).directory_fault);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_free(fixture);
}

static void test_directory_that_lost_everything(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    fixture_empty_directory(fixture, false);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 3);
    assert_non_null(engine_summary(fixture->engine).directory_fault);
    for (int restart = 0; restart < 2; restart++) { // nor after a restart
        fixture_restart(fixture);
        fixture_run(fixture, 60 * MINUTE);
        assert_int_equal(fixture->cloud.count, 3);
        assert_non_null(engine_summary(fixture->engine).directory_fault);
    }
    fixture_command(fixture, COMMAND_APPROVE, NULL); // it is meant
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 0);
    fixture_free(fixture);
}

// What is approved is an emptied directory, never one that is away.
static void test_approval_while_the_directory_is_away(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    for (int restart = 0; restart < 2; restart++) {
        fixture_directory_fault(fixture, "the directory is not there");
        fixture_command(fixture, COMMAND_APPROVE, NULL);
        fixture_run(fixture, 60 * MINUTE);
        assert_int_equal(fixture->cloud.count, 3);
        assert_non_null(engine_summary(fixture->engine).directory_fault);
        fixture_load(fixture);
    }
    fixture_free(fixture);
}

static void test_another_empty_directory(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_empty_directory(fixture, true); // there was nothing to lose
    assert_null(engine_summary(fixture->engine).directory_fault);
    fixture_free(fixture);
    fixture = with_images(1);
    fixture_empty_directory(fixture, true);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-0\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

// What comes back is what was there before: if it is broken now, its names are still wanted.
static void test_a_file_that_comes_back_broken_holds_its_image(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(2);
    fixture_empty_directory(fixture, false);
    fixture_run(fixture, 60 * MINUTE);
    fixture_put(fixture, "vm-0.yaml", "name: [");
    fixture_run(fixture, 60 * MINUTE);
    assert_non_null(fixture_live(fixture, "vm-0"));
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_INVALID_DECLARATION);
    assert_null(fixture_live(fixture, "vm-1"));
    fixture_free(fixture);
}

static void test_the_last_file_may_go(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(1);
    fixture_remove(fixture, "vm-0.yaml");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 0);
    fixture_free(fixture);
}

// ---- Files

static void test_bad_version_keeps_the_good_one_in_force(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "# comment\n", "name: vm-0\nvm_id: [\n",
        "name: vm-0\nvm_id: i-0\nnonsense: 1\n", "name: \"vm-0\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fixture *fixture = with_images(1);
        size_t writes = fixture_writes(fixture);
        fixture_put(fixture, "vm-0.yaml", bad[i]);
        fixture_run(fixture, 60 * MINUTE);
        fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_INVALID_DECLARATION);
        assert_non_null(strstr(fixture_status(fixture, "vm-0").record->message, "vm-0.yaml"));
        assert_int_equal(fixture_writes(fixture), writes);
        tag_list_remove(&fixture_live(fixture, "vm-0")->tags, "imaged.owner");
        fixture_restart(fixture); // the good one is in the record
        fixture_run(fixture, 60 * MINUTE);
        assert_int_equal(fixture_writes(fixture), writes + 1);
        fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-0\n");
        fixture_settle(fixture);
        fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
        fixture_free(fixture);
    }
}

// While the daemon was away, the declaration moved into a file that cannot be read now.
static void test_file_that_may_have_any_name(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(2);
    fixture_load(fixture);
    memory_replace_text(&fixture->files[0].path, "renamed.yaml");
    memory_replace_text(&fixture->files[0].text, "name: \"vm-0\n");
    fixture_read_directory(fixture);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    assert_non_null(strstr(fixture_status(fixture, "vm-0").record->message, "renamed.yaml"));
    fixture_put(fixture, "renamed.yaml", "name: vm-0\nvm_id: i-0\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_put(fixture, "renamed.yaml", "name: \"vm-0\n");
    fixture_put(fixture, "empty.yaml", ""); // which hides nothing
    fixture_remove(fixture, "vm-1.yaml");
    fixture_run(fixture, 5 * MINUTE);
    assert_null(fixture_live(fixture, "vm-1")); // it is known what renamed.yaml may hide
    assert_non_null(fixture_live(fixture, "vm-0"));
    fixture_free(fixture);
}

static void test_mended_blind_spot_lets_go(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(2);
    fixture_put(fixture, "new.yaml", "name: \"vm-0\n");
    fixture_remove(fixture, "vm-0.yaml");
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    fixture_put(fixture, "new.yaml", "name: other\nvm_id: i-9\n");
    fixture_settle(fixture);
    assert_null(fixture_live(fixture, "vm-0"));
    assert_non_null(fixture_live(fixture, "other"));
    fixture_free(fixture);
}

static void test_declared_twice(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(1);
    size_t writes = fixture_writes(fixture);
    fixture_put(fixture, "copy.yaml", "name: vm-0\nvm_id: i-7\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_INVALID_DECLARATION);
    const char *message = fixture_status(fixture, "vm-0").record->message;
    assert_non_null(strstr(message, "copy.yaml:1"));
    assert_non_null(strstr(message, "vm-0.yaml:1"));
    fixture_remove(fixture, "copy.yaml");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_free(fixture);
}

// While the daemon was away, the second place went, and the first one was emptied: a file in which
// the name was declared is there, and does not say that it is not.
static void test_declared_twice_and_emptied_while_away(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(2);
    fixture_put(fixture, "copy.yaml", "name: vm-0\nvm_id: i-7\n");
    fixture_run(fixture, MINUTE);
    fixture_load(fixture);
    for (size_t i = 0; i < fixture->file_count; i++)
        if (strcmp(fixture->files[i].path, "vm-0.yaml") == 0)
            memory_replace_text(&fixture->files[i].text, "# later\n");
        else if (strcmp(fixture->files[i].path, "copy.yaml") == 0)
            memory_replace_text(&fixture->files[i].text, "name: other\nvm_id: i-8\n");
    fixture_read_directory(fixture);
    fixture_run(fixture, 60 * MINUTE);
    assert_non_null(fixture_live(fixture, "vm-0"));
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_INVALID_DECLARATION);
    fixture_free(fixture);
}

// ---- Clocks

static void test_clock_jumps(void **state)
{
    (void)state;
    static const int64_t jumps[] = {-60 * MINUTE, 24 * 60 * MINUTE, -24 * 60 * MINUTE};
    for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        struct fixture *fixture = with_images(7);
        for (int j = 0; j < 4; j++) {
            char path[32];
            snprintf(path, sizeof(path), "vm-%d.yaml", j);
            fixture_remove(fixture, path);
        }
        fixture_run(fixture, 2 * MINUTE);
        fixture->now.wall_ms += jumps[i];
        fixture->server_ahead_ms -= jumps[i];
        size_t lists = fixture->sent[OPERATION_LIST_IMAGES];
        fixture_remove(fixture, "vm-4.yaml");
        fixture_remove(fixture, "vm-5.yaml"); // the sixth within the hour, whatever the clock says
        fixture_run(fixture, 30 * MINUTE);
        assert_int_equal(fixture->cloud.count, 3);
        assert_in_range(fixture->sent[OPERATION_LIST_IMAGES] - lists, 4, 9);
        fixture_free(fixture);
    }
}

// The machine slept over night: one turn, not a storm.
static void test_long_sleep(void **state)
{
    (void)state;
    struct fixture *fixture = with_images(3);
    size_t lists = fixture->sent[OPERATION_LIST_IMAGES];
    fixture->now.monotonic_ms += 9 * 60 * MINUTE;
    fixture->now.wall_ms += 9 * 60 * MINUTE;
    fixture_run(fixture, MINUTE);
    assert_in_range(fixture->sent[OPERATION_LIST_IMAGES] - lists, 1, 2);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_list_is_a_fault),
        cmocka_unit_test(test_list_that_lost_many_is_a_fault),
        cmocka_unit_test(test_list_that_lacks_what_was_just_made_is_none),
        cmocka_unit_test(test_empty_cloud_and_an_operator_retries),
        cmocka_unit_test(test_all_gone_and_an_operator_retries),
        cmocka_unit_test(test_api_that_is_down),
        cmocka_unit_test(test_directory_that_is_away),
        cmocka_unit_test(test_directory_that_lost_everything),
        cmocka_unit_test(test_approval_while_the_directory_is_away),
        cmocka_unit_test(test_another_empty_directory),
        cmocka_unit_test(test_a_file_that_comes_back_broken_holds_its_image),
        cmocka_unit_test(test_the_last_file_may_go),
        cmocka_unit_test(test_bad_version_keeps_the_good_one_in_force),
        cmocka_unit_test(test_file_that_may_have_any_name),
        cmocka_unit_test(test_mended_blind_spot_lets_go),
        cmocka_unit_test(test_declared_twice),
        cmocka_unit_test(test_declared_twice_and_emptied_while_away),
        cmocka_unit_test(test_clock_jumps),
        cmocka_unit_test(test_long_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
