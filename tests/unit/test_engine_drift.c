// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What others do to an image: it is repaired, reported or contested, made again when it is really
// gone, and never because an answer says so once.

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define WEB    "name: web\nvm_id: i-1\ntags: {Name: mine}\n"

static struct fixture *with_web(const char *text)
{
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", text);
    fixture_run(fixture, 10 * MINUTE); // a list has shown it
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    return fixture;
}

static const char *tag(struct fixture *fixture, const char *key)
{
    return tag_list_find(&fixture_live(fixture, "web")->tags, key);
}

static void test_tag_is_repaired(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
    tag_list_set(&fixture_live(fixture, "web")->tags, "Other", "left alone");
    fixture_run(fixture, 6 * MINUTE);
    assert_string_equal(tag(fixture, "Name"), "mine");
    assert_string_equal(tag(fixture, "Other"), "left alone");
    assert_int_equal(fixture->last[OPERATION_SET_TAGS]->tags.count, 1);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_tag_is_reported(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB "lifecycle: {on_drift: report}\n");
    size_t writes = fixture_writes(fixture);
    tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
    fixture_run(fixture, 6 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_DRIFTED);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_put(fixture, "web.yaml",
        "name: web\nvm_id: i-1\ntags: {Name: new}\nlifecycle: {on_drift: report}\n");
    fixture_settle(fixture); // a declared change is no drift
    assert_string_equal(tag(fixture, "Name"), "new");
    fixture_free(fixture);
}

static void test_tag_that_is_not_declared_any_more(void **state)
{
    (void)state;
    struct fixture *fixture = with_web("name: web\nvm_id: i-1\ntags: {a: b, c: d, e: f}\n");
    tag_list_set(&fixture_live(fixture, "web")->tags, "e", "theirs by now");
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {a: b}\n");
    fixture_command(fixture, COMMAND_REFRESH, "web");
    fixture_run(fixture, 6 * MINUTE);
    assert_string_equal(tag(fixture, "a"), "b");
    assert_null(tag(fixture, "c"));
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

static void test_exact_tags(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB "lifecycle: {tags_policy: exact}\n");
    tag_list_set(&fixture_live(fixture, "web")->tags, "Other", "goes");
    fixture_run(fixture, 6 * MINUTE);
    assert_null(tag(fixture, "Other"));
    assert_string_equal(fixture->last[OPERATION_REMOVE_TAGS]->tags.items[0].value, "goes");
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// The server changes back what is set, each time: three repairs, then it is said, once.
static void test_contested(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    size_t before = fixture->sent[OPERATION_SET_TAGS];
    for (int i = 0; i < 40; i++) {
        tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
        fixture_live(fixture, "web")->access.is_public = BOOLEAN_TRUE;
        fixture_run(fixture, 6 * MINUTE);
    }
    assert_int_equal(fixture->sent[OPERATION_SET_TAGS] - before, 3);
    assert_int_equal(fixture->sent[OPERATION_SET_ACCESS], 3);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_CONTESTED);
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: other}\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// Repairs that held do not add up.
static void test_repairs_that_held(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    for (int i = 0; i < 8; i++) {
        tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "theirs");
        fixture_run(fixture, 12 * MINUTE);
        fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    }
    fixture_free(fixture);
}

// A list under way when tags are set shows the image without them: the answer is older than the
// write.
static void test_answer_older_than_a_write(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    fixture_command(fixture, COMMAND_REFRESH, "web");
    assert_int_equal(fixture_pending(fixture, OPERATION_LIST_IMAGES), 1);
    struct image *live = fixture_live(fixture, "web");
    struct tag_list old = {0};
    tag_list_copy(&old, &live->tags);
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {Name: new}\n");
    fixture_commit(fixture);
    assert_true(fixture_answer(fixture, OPERATION_SET_TAGS));
    struct tag_list new = live->tags;
    live->tags = old;
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    tag_list_deinit(&live->tags);
    live->tags = new;
    size_t writes = fixture_writes(fixture);
    fixture_settle(fixture);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_deleted_outside(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    fixture_delete_live(fixture, "web");
    fixture_command(fixture, COMMAND_REFRESH, "web");
    fixture_run(fixture, 55 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
    fixture_run(fixture, 30 * SECOND);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 1);
    assert_true(fixture->sent[OPERATION_READ_IMAGE] >= 3);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_deleted_outside_and_reported(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB "lifecycle: {on_drift: report}\n");
    fixture_delete_live(fixture, "web");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_DRIFTED);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 10 * MINUTE);
    assert_false(engine_knows(fixture->engine, "web"));
    fixture_free(fixture);
}

// available, 404, available, 404: flapping, not deletion.
static void test_flapping(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    for (int i = 0; i < 30; i++) {
        fixture->hidden = i % 2 == 0;
        fixture->hidden_from = 0;
        fixture_command(fixture, COMMAND_REFRESH, "web");
        fixture_run(fixture, 30 * SECOND);
    }
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
    fixture_free(fixture);
}

// Reads that all say 404, while no list can be had.
static void test_reads_alone_prove_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "pending");
    fixture_command(fixture, COMMAND_REFRESH, "web");
    fixture_settle(fixture);
    fixture->hidden = true;
    for (int i = 0; i < 40; i++)
        fixture_fail(fixture, OPERATION_LIST_IMAGES, OUTCOME_BROKEN, false);
    fixture_run(fixture, 5 * MINUTE);
    assert_true(fixture->sent[OPERATION_READ_IMAGE] > 5);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
    fixture->hidden = false;
    fixture->fault_count = 0;
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "available");
    fixture_run(fixture, 15 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

// One read that says 404, and lists that say the same, while no other read gets an answer.
static void test_one_read_proves_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    (void)fixture_add_live(fixture, "an official one");
    fixture_delete_live(fixture, "web");
    fixture_command(fixture, COMMAND_REFRESH, "web");
    fixture_settle(fixture);
    assert_int_equal(fixture->sent[OPERATION_READ_IMAGE], 1);
    for (int i = 0; i < FIXTURE_FAULTS; i++)
        fixture_fail(fixture, OPERATION_READ_IMAGE, OUTCOME_BROKEN, false);
    size_t lists = fixture->sent[OPERATION_LIST_IMAGES];
    fixture_run(fixture, 20 * MINUTE);
    assert_true(fixture->sent[OPERATION_LIST_IMAGES] > lists);
    assert_true(fixture->sent[OPERATION_READ_IMAGE] > 3);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
    fixture->fault_count = 0;
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 1);
    fixture_free(fixture);
}

// One that lingers as `deleted` for ten minutes is gone.
static void test_lingering_as_deleted(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    fixture->unique_names = false;
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "deleted");
    size_t history = fixture->history;
    fixture_run(fixture, 15 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1); // reads still find it
    assert_true(fixture->history - history <= 1);
    fixture_delete_live(fixture, "web");
    fixture_run(fixture, 15 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_free(fixture);
}

static void test_unknown_state_is_waited_for(void **state)
{
    (void)state;
    struct fixture *fixture = with_web(WEB);
    size_t writes = fixture_writes(fixture);
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "migrating");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_IMAGE_PENDING);
    assert_non_null(strstr(fixture_status(fixture, "web").record->message, "migrating"));
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_free(fixture);
}

static void test_adoption(void **state)
{
    (void)state;
    static const struct {
        const char *adopt;
        const char *description;
        bool adopted;
    } cases[] = {
        {"never", "same", false},
        {"if_equal", "same", true},
        {"if_equal", "other", false},
        {"always", "other", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = fixture_new();
        struct image *image = fixture_add_live(fixture, "web");
        memory_replace_text(&image->description, cases[i].description);
        char text[128];
        snprintf(text, sizeof(text),
            "name: web\nvm_id: i-1\ndescription: same\nlifecycle: {adopt: %s}\n", cases[i].adopt);
        fixture_put(fixture, "web.yaml", text);
        fixture_run(fixture, 10 * MINUTE);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 0);
        assert_int_equal(fixture_status(fixture, "web").record->owned, cases[i].adopted);
        assert_int_equal(fixture->reports[REPORT_IMAGE_ADOPTED], cases[i].adopted ? 1 : 0);
        if (!cases[i].adopted)
            fixture_assert_state(fixture, "web", STATE_FAILED, REASON_NAME_TAKEN);
        fixture_remove(fixture, "web.yaml");
        fixture_run(fixture, 10 * MINUTE);
        assert_int_equal(fixture->cloud.count, cases[i].adopted ? 0 : 1);
        fixture_free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tag_is_repaired),
        cmocka_unit_test(test_tag_is_reported),
        cmocka_unit_test(test_tag_that_is_not_declared_any_more),
        cmocka_unit_test(test_exact_tags),
        cmocka_unit_test(test_contested),
        cmocka_unit_test(test_repairs_that_held),
        cmocka_unit_test(test_answer_older_than_a_write),
        cmocka_unit_test(test_deleted_outside),
        cmocka_unit_test(test_deleted_outside_and_reported),
        cmocka_unit_test(test_flapping),
        cmocka_unit_test(test_reads_alone_prove_nothing),
        cmocka_unit_test(test_one_read_proves_nothing),
        cmocka_unit_test(test_lingering_as_deleted),
        cmocka_unit_test(test_unknown_state_is_waited_for),
        cmocka_unit_test(test_adoption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
