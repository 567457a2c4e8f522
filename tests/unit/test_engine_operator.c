// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What people ask of the engine, and what they do while a write is under way.

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define WEB    "name: web\nvm_id: i-1\ntags: {Name: mine}\n"

static struct fixture *with_web(void)
{
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", WEB);
    fixture_run(fixture, 10 * MINUTE);
    return fixture;
}

static const char *tag(struct fixture *fixture, const char *key)
{
    return tag_list_find(&fixture_live(fixture, "web")->tags, key);
}

static void test_suspend_and_resume(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_command(fixture, COMMAND_SUSPEND, "web");
    tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-2\n");
    size_t writes = fixture_writes(fixture);
    fixture_run(fixture, 60 * MINUTE);
    fixture_restart(fixture);
    fixture_run(fixture, 60 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_SUSPENDED);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_command(fixture, COMMAND_RESUME, "web");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(fixture->last[OPERATION_CREATE_IMAGE]->image->vm.id, "i-2");
    fixture_free(fixture);
}

// Suspended while a write is being stored: it does not leave any more.
static void test_suspend_overtakes_a_write(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", WEB);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_CREATE);
    fixture_command(fixture, COMMAND_SUSPEND, "web");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture_writes(fixture), 0);
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_NONE);
    fixture_free(fixture);
}

static void test_suspended_by_its_file(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", WEB "lifecycle: {suspend: true}\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_SUSPENDED);
    assert_int_equal(fixture_writes(fixture), 0);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

static void test_retry_does_not_wait(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_FORBIDDEN, false);
    fixture_put(fixture, "web.yaml", WEB);
    fixture_run(fixture, 30 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_FORBIDDEN);
    fixture_command(fixture, COMMAND_RETRY, "web");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// A retry is no way around the ambiguity window.
static void test_retry_makes_no_second_image(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    fixture->hidden = true;
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture_put(fixture, "web.yaml", WEB);
    for (int i = 0; i < 40; i++) {
        fixture_run(fixture, SECOND);
        fixture_command(fixture, COMMAND_RETRY, "web");
    }
    fixture->hidden = false;
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture_count(fixture, "web"), 1);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_refresh_looks_at_once(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
    fixture_command(fixture, COMMAND_REFRESH, "web");
    fixture_settle(fixture);
    assert_string_equal(tag(fixture, "Name"), "mine");
    fixture_free(fixture);
}

static void test_unknown_names_do_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    assert_false(engine_knows(fixture->engine, "nobody"));
    for (int kind = COMMAND_RETRY; kind <= COMMAND_APPROVE; kind++)
        fixture_command(fixture, (enum command_kind)kind, "nobody");
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->reports[REPORT_OPERATOR], 0);
    fixture_free(fixture);
}

// Of all images, too, it is one entry.
static void test_operators_are_told_of(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_put(fixture, "db.yaml", "name: db\nvm_id: i-1\n");
    fixture_run(fixture, MINUTE);
    fixture_command(fixture, COMMAND_RETRY, "web");
    assert_int_equal(fixture->reports[REPORT_OPERATOR], 1);
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    assert_int_equal(fixture->reports[REPORT_OPERATOR], 2);
    fixture_free(fixture);
}

static void test_edit_while_a_write_is_stored(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    size_t before = fixture->sent[OPERATION_SET_TAGS];
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: first}\n");
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: second}\n");
    fixture_settle(fixture);
    assert_string_equal(tag(fixture, "Name"), "second");
    assert_int_equal(fixture->sent[OPERATION_SET_TAGS] - before, 1); // the first never left
    fixture_free(fixture);
}

static void test_edit_while_a_write_is_in_flight(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: first}\n");
    fixture_commit(fixture);
    assert_int_equal(fixture_pending(fixture, OPERATION_SET_TAGS), 1);
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: second}\n");
    fixture_settle(fixture);
    assert_string_equal(tag(fixture, "Name"), "second");
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_summary_counts(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_put(fixture, "bad.yaml", "name: bad\nnonsense: 1\n");
    fixture_run(fixture, MINUTE);
    struct engine_summary summary = engine_summary(fixture->engine);
    assert_int_equal(summary.total, 2);
    assert_int_equal(summary.states[STATE_AVAILABLE], 1);
    assert_int_equal(summary.states[STATE_FAILED], 1);
    assert_int_equal(summary.counts[STATE_FAILED][REASON_INVALID_DECLARATION], 1);
    assert_int_equal(summary.declarations.files, 2);
    assert_int_equal(summary.declarations.valid, 1);
    assert_int_equal(summary.declarations.invalid, 1);
    assert_true(summary.directory_read && summary.cloud_listed);
    uint64_t revision = summary.revision;
    fixture_run(fixture, MINUTE);
    assert_int_equal(engine_summary(fixture->engine).revision, revision);
    fixture_command(fixture, COMMAND_SUSPEND, "web");
    assert_int_not_equal(engine_summary(fixture->engine).revision, revision);
    fixture_free(fixture);
}

static void test_no_more_writes_at_a_time_than_allowed(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.concurrent_writes = 3;
    engine_configure(fixture->engine, &fixture->options);
    for (int i = 0; i < 20; i++) {
        char *path = memory_format("vm-%d.yaml", i);
        char *text = memory_format("name: vm-%d\nvm_id: i-%d\n", i, i);
        fixture_put(fixture, path, text);
        free(path);
        free(text);
    }
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture_commit(fixture);
    assert_int_equal(fixture_pending(fixture, OPERATION_CREATE_IMAGE), 3);
    fixture_settle(fixture);
    assert_int_equal(fixture->cloud.count, 20);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suspend_and_resume),
        cmocka_unit_test(test_suspend_overtakes_a_write),
        cmocka_unit_test(test_suspended_by_its_file),
        cmocka_unit_test(test_retry_does_not_wait),
        cmocka_unit_test(test_retry_makes_no_second_image),
        cmocka_unit_test(test_refresh_looks_at_once),
        cmocka_unit_test(test_unknown_names_do_nothing),
        cmocka_unit_test(test_operators_are_told_of),
        cmocka_unit_test(test_edit_while_a_write_is_stored),
        cmocka_unit_test(test_edit_while_a_write_is_in_flight),
        cmocka_unit_test(test_summary_counts),
        cmocka_unit_test(test_no_more_writes_at_a_time_than_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
