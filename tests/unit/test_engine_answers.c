// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Answers that are not what was hoped for: refusals with reasons, successes that show nothing, and
// what nobody asked for.

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

#define TEXT(text) ((char *)(uintptr_t)(text)) // that nobody writes to

static const char *message(struct fixture *fixture, const char *name)
{
    return fixture_status(fixture, name).record->message;
}

// What the API says of fields is told by the names, and the places, that the file has for them.
static void test_violations(void **state)
{
    (void)state;
    static const struct violation violations[] = {
        {TEXT("vmId"), TEXT("no such VM")}, {TEXT("description"), TEXT("too long")}};
    struct fixture *fixture = fixture_new();
    fixture->violations = violations;
    fixture->violation_count = 2;
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_INVALID, false);
    fixture_put(fixture, "a.yaml", "name: abc\ndescription: x\nvm_id: i-1\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "abc", STATE_FAILED, REASON_REJECTED);
    assert_non_null(strstr(message(fixture, "abc"),
        ": vm_id: no such VM (a.yaml:3:1); description: too long (a.yaml:2:1)"));
    fixture_free(fixture);
}

// After a restart without its file, nothing is known of where a field stood.
static void test_violations_of_what_is_not_declared(void **state)
{
    (void)state;
    static const struct violation violations[] = {{TEXT("id"), TEXT("in use")}};
    struct fixture *fixture = fixture_with_images(3, "");
    fixture->violations = violations;
    fixture->violation_count = 1;
    fixture_remove_vm(fixture, 1);
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_INVALID, false);
    fixture_run(fixture, 2 * MINUTE);
    fixture_assert_state(fixture, "vm-1", STATE_FAILED, REASON_REJECTED);
    assert_non_null(strstr(message(fixture, "vm-1"), ": id: in use"));
    fixture_free(fixture);
}

// A creation that succeeded and shows no image may have made one: it is looked for.
static void test_creation_that_shows_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_OK, true);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_run(fixture, 5 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

// A change of access that succeeded and shows no image is read back.
static void test_access_that_shows_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_SET_ACCESS, OUTCOME_OK, true);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\naccess: {is_public: true}\n");
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_SET_ACCESS], 1);
    assert_true(fixture->sent[OPERATION_READ_IMAGES] + fixture->sent[OPERATION_READ_IMAGE] > 0);
    fixture_free(fixture);
}

// A server that leaves out the state: the image is not taken for available.
static void test_image_in_no_state(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = NULL;
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_IMAGE_PENDING);
    fixture_free(fixture);
}

// A query of one target cannot be halved: the API is not well, and is asked again.
static void test_too_long_for_one(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_IMAGE_PENDING);
    fixture_fail(fixture, OPERATION_READ_IMAGES, OUTCOME_TOO_LONG, false);
    while (fixture->fault_count > 0)
        fixture_run(fixture, SECOND);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    memory_replace_text(&fixture->cloud.items[0]->cloud_state, "available");
    fixture_run(fixture, 5 * MINUTE);
    assert_null(engine_summary(fixture->engine).api_fault);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// Whoever is looked at again while it waits for its turn to write waits once.
static void test_retry_while_waiting_for_a_turn(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.concurrent_writes = 1;
    engine_configure(fixture->engine, &fixture->options);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_put(fixture, "b.yaml", "name: def\nvm_id: i-2\n");
    while (fixture->sent[OPERATION_CREATE_IMAGE] == 0) {
        fixture_commit(fixture);
        if (fixture->sent[OPERATION_CREATE_IMAGE] == 0)
            assert_true(fixture_answer(fixture, fixture->requests[0]->operation));
    }
    for (int i = 0; i < 3; i++)
        fixture_command(fixture, COMMAND_RETRY, NULL);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_assert_state(fixture, "def", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// The file changed while the image failed to build: it goes as one that failed and as one that is
// replaced, and counts once among the deletions.
static void test_failed_image_whose_file_changed(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.deletion_maximum = 1;
    engine_configure(fixture->engine, &fixture->options);
    fixture->new_state = "pending";
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_settle(fixture);
    memory_replace_text(&fixture->cloud.items[0]->cloud_state, "failed");
    fixture->new_state = "available";
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-2\n");
    fixture_run(fixture, 5 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-3\n"); // one more than deletion.max
    fixture_run(fixture, 5 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_free(fixture);
}

static void test_answer_that_nobody_asked_for(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    uint64_t before = engine_revision(fixture->engine);
    struct answer answer = {.request_id = 999999,
        .operation = OPERATION_LIST_IMAGES,
        .outcome = OUTCOME_BROKEN,
        .explanation = memory_text("x")};
    struct event event = {.kind = EVENT_ANSWER, .answer = &answer};
    fixture_handle(fixture, &event);
    answer_deinit(&answer);
    assert_int_equal(engine_revision(fixture->engine), before);
    assert_null(engine_summary(fixture->engine).api_fault);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_image_whose_file_changed),
        cmocka_unit_test(test_retry_while_waiting_for_a_turn),
        cmocka_unit_test(test_too_long_for_one),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_violations_of_what_is_not_declared),
        cmocka_unit_test(test_creation_that_shows_nothing),
        cmocka_unit_test(test_access_that_shows_nothing),
        cmocka_unit_test(test_image_in_no_state),
        cmocka_unit_test(test_answer_that_nobody_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
