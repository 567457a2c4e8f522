// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The mass-deletion brake in the engine: what counts, from when, and what an approval is for.

#include "config.h"

#include <string.h>

#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static void test_brake_holds_all_until_approved(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int i = 0; i < 6; i++)
        fixture_remove_vm(fixture, i);
    fixture_run(fixture, 3 * 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 8);
    fixture_assert_state(fixture, "vm-0", STATE_PENDING, REASON_AWAITING_APPROVAL);
    assert_int_equal(engine_summary(fixture->engine).awaiting_approval, 6);
    assert_int_equal(fixture->reports[REPORT_BRAKE], 1); // told once, however long it holds
    fixture_command(fixture, COMMAND_APPROVE, "vm-3");
    fixture_run(fixture, 10 * MINUTE);
    assert_null(fixture_live(fixture, "vm-3"));
    assert_int_equal(fixture->cloud.count, 7); // five and one done are still more than five
    fixture_command(fixture, COMMAND_APPROVE, NULL);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    fixture_free(fixture);
}

static void test_as_many_as_the_brake_lets_pass(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int i = 0; i < 5; i++)
        fixture_remove_vm(fixture, i);
    fixture_run(fixture, 2 * MINUTE);
    assert_int_equal(fixture->cloud.count, 3);
    assert_int_equal(fixture->reports[REPORT_BRAKE], 0);
    fixture_remove_vm(fixture, 5);
    fixture_run(fixture, 2 * MINUTE);
    fixture_assert_state(fixture, "vm-5", STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_restart(fixture); // the record remembers what was done
    fixture_run(fixture, 2 * MINUTE);
    assert_int_equal(fixture->cloud.count, 3);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2); // within the hour no more than five
    fixture_free(fixture);
}

// One image whose deletion is refused over and over counts once.
static void test_tries_count_once_for_the_brake(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(6, "");
    for (int i = 0; i < 10; i++)
        fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_CONFLICT, false);
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 20 * MINUTE);
    for (int i = 1; i < 5; i++)
        fixture_remove_vm(fixture, i);
    fixture->fault_count = 0;
    fixture_run(fixture, 12 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

// What was let through and not sent is not let through for ever, and does not count meanwhile.
static void test_deletion_that_was_overtaken_does_not_count(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int round = 0; round < 7; round++) {
        fixture_remove_vm(fixture, 0);
        fixture_commit(fixture);
        fixture_wait(fixture, 61 * SECOND);
        assert_int_equal(fixture_status(fixture, "vm-0").record->intent, INTENT_DELETE);
        fixture_put_vm(fixture, 0, "");
        fixture_settle(fixture);
    }
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    for (int i = 0; i < 5; i++)
        fixture_remove_vm(fixture, i);
    fixture_run(fixture, 2 * MINUTE);
    assert_int_equal(fixture->cloud.count, 3);
    fixture_free(fixture);
}

// A deletion that is refused for long counts from its last try.
static void test_a_deletion_counts_from_its_last_try(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int i = 0; i < 12; i++)
        fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_CONFLICT, false);
    fixture_remove_vm(fixture, 0);
    while (fixture->cloud.count == 8)
        fixture_run(fixture, MINUTE); // more than an hour
    for (int i = 1; i < 6; i++)
        fixture_remove_vm(fixture, i);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 7);
    fixture_free(fixture);
}

static void test_approval_is_for_what_was_wanted(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int i = 0; i < 6; i++)
        fixture_remove_vm(fixture, i);
    fixture_command(fixture, COMMAND_APPROVE, NULL);
    for (int i = 0; i < 6; i++)
        fixture_put_vm(fixture, i, "");
    fixture_run(fixture, 10 * MINUTE);
    for (int i = 0; i < 6; i++)
        fixture_remove_vm(fixture, i);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 8);
    fixture_free(fixture);
}

// What waits for approval waits quietly: no request, no flicker.
static void test_held_replacements_wait_quietly(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(8, "");
    for (int i = 0; i < 6; i++)
        fixture_put_vm(fixture, i, "description: new\n");
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_PENDING, REASON_AWAITING_APPROVAL);
    size_t history = fixture->history;
    size_t reads = fixture->sent[OPERATION_READ_VMS];
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->history, history);
    assert_int_equal(fixture->sent[OPERATION_READ_VMS], reads);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_command(fixture, COMMAND_APPROVE, NULL);
    fixture_run(fixture, MINUTE);
    for (int i = 0; i < 8; i++)
        assert_string_equal(fixture->cloud.items[i]->description == NULL
                                ? ""
                                : fixture->cloud.items[i]->description,
            i < 2 ? "" : "new");
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brake_holds_all_until_approved),
        cmocka_unit_test(test_as_many_as_the_brake_lets_pass),
        cmocka_unit_test(test_tries_count_once_for_the_brake),
        cmocka_unit_test(test_deletion_that_was_overtaken_does_not_count),
        cmocka_unit_test(test_a_deletion_counts_from_its_last_try),
        cmocka_unit_test(test_approval_is_for_what_was_wanted),
        cmocka_unit_test(test_held_replacements_wait_quietly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
