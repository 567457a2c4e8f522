// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images that go: removed, replaced, failed to build; and all that keeps one from going.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static void test_removal_waits_out_its_grace(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 59 * SECOND);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_assert_state(fixture, "vm-0", STATE_PENDING, REASON_DELETING);
    fixture_run(fixture, 2 * SECOND);
    assert_int_equal(fixture->cloud.count, 0);
    assert_false(engine_knows(fixture->engine, "vm-0"));
    assert_int_equal(fixture->durable.count, 0);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_file_that_comes_back(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    size_t writes = fixture_writes(fixture);
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 59 * SECOND);
    fixture_put_vm(fixture, 0, "");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_free(fixture);
}

// The grace is up and the deletion is being stored when the file comes back.
static void test_file_that_comes_back_in_the_last_moment(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_remove_vm(fixture, 0);
    fixture_commit(fixture);
    fixture_wait(fixture, 61 * SECOND);
    assert_int_equal(fixture_status(fixture, "vm-0").record->intent, INTENT_DELETE);
    fixture_put_vm(fixture, 0, "");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_grace_begins_anew_after_a_restart(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 50 * SECOND);
    fixture_restart(fixture);
    fixture_run(fixture, 50 * SECOND);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_run(fixture, 20 * SECOND);
    assert_int_equal(fixture->cloud.count, 0);
    fixture_free(fixture);
}

static void test_keep_and_protect(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "lifecycle: {on_remove: keep}\n");
    fixture_put_vm(fixture, 1, "lifecycle: {protect: true}\n");
    fixture_settle(fixture);
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 10 * MINUTE);
    assert_false(engine_knows(fixture->engine, "vm-0"));
    assert_int_equal(fixture->cloud.count, 2);
    fixture_put_vm(fixture, 2, "");
    fixture_settle(fixture);
    fixture_remove_vm(fixture, 1);
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-1", STATE_FAILED, REASON_PROTECTED);
    fixture_put_vm(fixture, 1, "description: other\nlifecycle: {protect: true}\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-1", STATE_FAILED, REASON_PROTECTED);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

static void test_another_owners_tag(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(2, "");
    tag_list_set(&fixture_live(fixture, "vm-0")->tags, "imaged.owner", "somebody");
    tag_list_set(&fixture_live(fixture, "vm-1")->tags, "imaged.owner", "somebody");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_CONTESTED);
    size_t writes = fixture_writes(fixture);
    fixture_put_vm(fixture, 1, "description: other\n");
    fixture_remove_vm(fixture, 0);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture_writes(fixture), writes);
    assert_false(engine_knows(fixture->engine, "vm-0"));
    fixture_free(fixture);
}

static void test_replacement_deletes_first(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_put_vm(fixture, 0, "description: new\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(fixture_live(fixture, "vm-0")->description, "new");
    assert_int_equal(fixture->cloud.count, 1);
    assert_int_equal(fixture->sent[OPERATION_READ_VMS], 1); // seen before anything was deleted
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_old_image_stays_without_a_source(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-missing\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_SOURCE_MISSING);
    size_t history = fixture->history;
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->history, history);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    assert_in_range(fixture->sent[OPERATION_READ_VMS], 30, 62);
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-7\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_free(fixture);
}

// The answer to a question about the former source does not decide about the new one.
static void test_source_edited_while_it_is_looked_for(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-missing\n");
    assert_int_equal(fixture_pending(fixture, OPERATION_READ_VMS), 1);
    fixture_put(fixture, "vm-0.yaml", "name: vm-0\nvm_id: i-7\n");
    assert_true(fixture_answer(fixture, OPERATION_READ_VMS));
    assert_int_not_equal(fixture_status(fixture, "vm-0").record->reason, REASON_SOURCE_MISSING);
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_on_change_keep(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_put_vm(fixture, 0, "description: new\nlifecycle: {on_change: keep}\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_DRIFTED);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

// The deletion's answer is lost, or it is answered 404 after that: in the end there is the new one,
// and it is said that imaged did it.
static void test_replacement_whose_deletion_is_lost(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct fixture *fixture = fixture_with_images(1, "lifecycle: {on_drift: report}\n");
        fixture_put_vm(fixture, 0, "description: new\nlifecycle: {on_drift: report}\n");
        fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_LOST, applied);
        fixture_run(fixture, 5 * MINUTE);
        fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
        assert_int_equal(fixture->cloud.count, 1);
        assert_string_equal(fixture_live(fixture, "vm-0")->description, "new");
        assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
        assert_int_equal(fixture->reports[REPORT_IMAGE_DELETED], 1);
        fixture_free(fixture);
    }
}

// Replaced at once, while nobody can see it yet: a 404 to its deletion is no proof that it is gone.
static void test_replacement_of_an_image_not_visible_yet(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    fixture->hidden = true;
    fixture_put_vm(fixture, 0, "");
    fixture_run(fixture, 2 * SECOND);
    fixture_put_vm(fixture, 0, "description: new\n");
    fixture_run(fixture, 20 * SECOND);
    fixture->hidden = false;
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(fixture_live(fixture, "vm-0")->description, "new");
    fixture_free(fixture);
}

static void test_removal_whose_deletion_is_lost(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    fixture_remove_vm(fixture, 0);
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_LOST, true);
    fixture_run(fixture, 5 * MINUTE);
    assert_false(engine_knows(fixture->engine, "vm-0"));
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_digest_in_the_name(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", "name: web-{digest}\nvm_id: i-1\n");
    fixture_settle(fixture);
    assert_int_equal(fixture->cloud.count, 1);
    char *first = memory_text(fixture->cloud.items[0]->name);
    assert_int_equal(strlen(first), strlen("web-12345678"));
    fixture_put(fixture, "web.yaml", "name: web-{digest}\nvm_id: i-2\n");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    assert_string_not_equal(fixture->cloud.items[0]->name, first);
    fixture_assert_state(fixture, "web-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    free(first);
    fixture_free(fixture);
}

static void test_failed_builds_are_bounded(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "failed";
    fixture_put_vm(fixture, 0, "lifecycle: {max_attempts: 3}\n");
    fixture_run(fixture, 2 * 60 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_IMAGE_FAILED);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 3);
    assert_int_equal(fixture->cloud.count, 1); // the last one stays, for people to look at
    fixture_restart(fixture);
    fixture_run(fixture, 2 * 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 3);
    fixture->new_state = "available";
    fixture_command(fixture, COMMAND_RETRY, "vm-0");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

// A person, or a new version of the file, begins the count anew, whatever the number is; the failed
// image that was left to look at is none of the new attempts.
static void test_attempts_begin_anew_on_request(void **state)
{
    (void)state;
    for (unsigned allowed = 1; allowed <= 3; allowed++) {
        char lifecycle[64];
        struct fixture *fixture = fixture_new();
        fixture->new_state = "failed";
        snprintf(lifecycle, sizeof(lifecycle), "lifecycle: {max_attempts: %u}\n", allowed);
        fixture_put_vm(fixture, 0, lifecycle);
        fixture_run(fixture, 10 * 60 * MINUTE);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], allowed);
        fixture_command(fixture, COMMAND_RETRY, "vm-0");
        fixture_run(fixture, 10 * 60 * MINUTE);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2 * allowed);
        fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_IMAGE_FAILED);
        snprintf(
            lifecycle, sizeof(lifecycle), "tags: {a: b}\nlifecycle: {max_attempts: %u}\n", allowed);
        fixture_put_vm(fixture, 0, lifecycle);
        fixture_restart(fixture); // what the file asks for is remembered
        fixture_run(fixture, 10 * 60 * MINUTE);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 3 * allowed);
        assert_int_equal(fixture_count(fixture, "vm-0"), 1);
        fixture_free(fixture);
    }
}

// An image that was in use is not thrown away because the cloud calls it failed.
static void test_failed_after_it_was_in_use(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    memory_replace_text(&fixture_live(fixture, "vm-0")->cloud_state, "failed");
    fixture_run(fixture, 2 * 60 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_IMAGE_FAILED);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    memory_replace_text(&fixture_live(fixture, "vm-0")->cloud_state, "available");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removal_waits_out_its_grace),
        cmocka_unit_test(test_file_that_comes_back),
        cmocka_unit_test(test_file_that_comes_back_in_the_last_moment),
        cmocka_unit_test(test_grace_begins_anew_after_a_restart),
        cmocka_unit_test(test_keep_and_protect),
        cmocka_unit_test(test_another_owners_tag),
        cmocka_unit_test(test_replacement_deletes_first),
        cmocka_unit_test(test_old_image_stays_without_a_source),
        cmocka_unit_test(test_source_edited_while_it_is_looked_for),
        cmocka_unit_test(test_on_change_keep),
        cmocka_unit_test(test_replacement_whose_deletion_is_lost),
        cmocka_unit_test(test_replacement_of_an_image_not_visible_yet),
        cmocka_unit_test(test_removal_whose_deletion_is_lost),
        cmocka_unit_test(test_digest_in_the_name),
        cmocka_unit_test(test_failed_builds_are_bounded),
        cmocka_unit_test(test_attempts_begin_anew_on_request),
        cmocka_unit_test(test_failed_after_it_was_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
