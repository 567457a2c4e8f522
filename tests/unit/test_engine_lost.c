// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Writes whose answer is lost, refused or late: exactly one image comes of it, whatever happens
// meanwhile (design.md, section 5).

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define VM "name: web\nvm_id: i-1\n"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static struct fixture *begin(const char *text)
{
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", text);
    return fixture;
}

static void assert_one_image(struct fixture *fixture)
{
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture_count(fixture, "web"), 1);
    assert_string_equal(
        fixture_status(fixture, "web").record->image_id, fixture_live(fixture, "web")->id);
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_NONE);
}

static void test_applied_and_lost(void **state)
{
    (void)state;
    for (int unique = 0; unique < 2; unique++) {
        struct fixture *fixture = begin(VM);
        fixture->unique_names = unique;
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
        fixture_settle(fixture);
        assert_one_image(fixture);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
        assert_int_equal(fixture->reports[REPORT_ANSWER_LOST], 1);
        assert_int_equal(fixture->reports[REPORT_IMAGE_TAKEN], 1);
        fixture_free(fixture);
    }
}

// The server's clock and ours may differ by years.
static void test_clocks_differ(void **state)
{
    (void)state;
    for (int i = -1; i < 2; i += 2) {
        struct fixture *fixture = begin(VM);
        fixture->server_ahead_ms = i * INT64_C(1000) * 24 * 3600 * 1000;
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
        fixture_settle(fixture);
        assert_one_image(fixture);
        fixture_free(fixture);
    }
}

static void test_clock_jumps_before_the_creation(void **state)
{
    (void)state;
    const int64_t jumps[] = {-24 * 60 * MINUTE, 24 * 60 * MINUTE};
    for (int i = 0; i < 2; i++) {
        struct fixture *fixture = begin(VM);
        assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
        fixture->now.wall_ms += jumps[i];
        fixture->server_ahead_ms -= jumps[i];
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
        fixture_settle(fixture);
        assert_one_image(fixture);
        fixture_free(fixture);
    }
}

// The gateway's 504 comes first, the image 20 seconds later, and names are not unique.
static void test_image_appears_late(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture->unique_names = false;
    fixture->hidden = true;
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture_run(fixture, 20 * SECOND);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_CREATING);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_in_range(fixture->sent[OPERATION_FIND_BY_NAME], 3, 8);
    fixture->hidden = false;
    fixture_run(fixture, 30 * SECOND);
    assert_one_image(fixture);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_never_applied(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, false);
    fixture_run(fixture, 89 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    size_t looks = fixture->sent[OPERATION_FIND_BY_NAME];
    fixture_run(fixture, 2 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_FIND_BY_NAME], looks + 1); // behind the window
    assert_one_image(fixture);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_free(fixture);
}

// A public image bears the name, as anybody's may. It fits, but it was there before: it is not
// ours.
static void test_older_image_is_not_taken(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    struct image *older = fixture_add_live(fixture, "web");
    older->access.is_public = BOOLEAN_TRUE;
    fixture_wait(fixture, 60 * MINUTE);
    fixture_put(fixture, "web.yaml", VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, false);
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    assert_int_equal(fixture_count(fixture, "web"), 2);
    assert_string_not_equal(fixture_status(fixture, "web").record->image_id, older->id);
    assert_int_equal(older->tags.count, 0);
    fixture_free(fixture);
}

// No look, no second creation, however long the API is down.
static void test_no_look_no_second_creation(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    for (int i = 0; i < 15; i++) {
        fixture_fail(fixture, OPERATION_FIND_BY_NAME, OUTCOME_BROKEN, false);
        fixture_fail(fixture, OPERATION_LIST_IMAGES, OUTCOME_BROKEN, false);
    }
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_CREATE);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_RETRYING);
    assert_true(fixture->history <= 3); // looks that fail do not flicker
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_run(fixture, 3 * 60 * MINUTE);
    assert_one_image(fixture);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

// The API answers every question with nothing, for longer than the window, and names are not
// unique.
static void test_api_that_shows_nothing_settles_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    (void)fixture_add_live(fixture, "an official one");
    fixture_put(fixture, "web.yaml", VM);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture->hidden = true; // all, from the first on
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    fixture->hidden = false;
    fixture_run(fixture, MINUTE);
    assert_one_image(fixture);
    fixture_free(fixture);
}

// Likewise, and nothing was seen before; but what is copied cannot be missing.
static void test_api_that_never_showed_anything_settles_no_copy(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    const char *official = fixture_add_live(fixture, "an official one")->id;
    char *text = memory_format("name: web\nsource_image_id: %s\nsource_region_name: "
                               "cloudgouv-eu-west-1\n",
        official);
    fixture_put(fixture, "web.yaml", text);
    free(text);
    fixture->hidden = true;
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    fixture->hidden = false;
    fixture_run(fixture, 10 * MINUTE);
    assert_one_image(fixture);
    fixture_free(fixture);
}

// The same, and the cloud is empty indeed: a person says so, and it is tried again.
static void test_copy_from_an_empty_cloud_is_tried_again_on_request(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml",
        "name: web\nsource_image_id: ami-00000001\nsource_region_name: cloudgouv-eu-west-1\n");
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, false);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_command(fixture, COMMAND_RETRY, NULL);
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_free(fixture);
}

// A list that was asked for before the answer was lost proves nothing.
static void test_older_list_settles_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_settle(fixture);
    fixture_delete_live(fixture, "web");
    record_list_deinit(&fixture->durable);
    fixture_restart(fixture);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture_commit(fixture);
    assert_int_equal(fixture_pending(fixture, OPERATION_CREATE_IMAGE), 1);
    fixture_command(fixture, COMMAND_REFRESH, "web"); // a list leaves now
    assert_int_equal(fixture_pending(fixture, OPERATION_LIST_IMAGES), 1);
    fixture_wait(fixture, 2 * MINUTE);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, false);
    assert_true(fixture_answer(fixture, OPERATION_CREATE_IMAGE));
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture_commit(fixture);
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_CREATE);
    assert_int_equal(fixture_pending(fixture, OPERATION_CREATE_IMAGE), 0);
    fixture_run(fixture, 2 * MINUTE);
    assert_one_image(fixture);
    fixture_free(fixture);
}

static void test_file_edited_meanwhile(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture->hidden = true;
    fixture_run(fixture, 5 * SECOND);
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-2\ntags: {a: b}\n");
    fixture_run(fixture, 5 * SECOND);
    fixture->hidden = false;
    fixture_run(fixture, 3 * MINUTE);
    assert_one_image(fixture);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    assert_string_equal(fixture->last[OPERATION_CREATE_IMAGE]->image->vm.id, "i-2");
    fixture_free(fixture);
}

static void test_file_removed_meanwhile(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture->hidden = true;
    fixture_run(fixture, 5 * SECOND);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 5 * SECOND);
    fixture->hidden = false;
    fixture_run(fixture, 3 * MINUTE);
    assert_int_equal(fixture_count(fixture, "web"), 0);
    assert_false(engine_knows(fixture->engine, "web"));
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

// Killed after the request left: before, in, and after the commit of its answer.
static void test_restart_with_an_intent(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct fixture *fixture = begin(VM);
        fixture->unique_names = false;
        assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
        fixture_commit(fixture);
        if (applied)
            assert_true(fixture_answer(fixture, OPERATION_CREATE_IMAGE)); // not committed
        fixture_restart(fixture);
        fixture_run(fixture, 60 * SECOND);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
        fixture_run(fixture, 40 * SECOND);
        assert_one_image(fixture);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], applied ? 1 : 2);
        fixture_free(fixture);
    }
}

// A damaged record: there is no name to look for, and the image is made as if for the first time.
static void test_restart_with_an_intent_for_no_name(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_settle(fixture);
    fixture_delete_live(fixture, "web");
    struct record *record = fixture->durable.items[0];
    memory_replace_text(&record->image_id, NULL);
    memory_replace_text(&record->cloud_name, NULL);
    record->state = STATE_PENDING;
    record->intent = INTENT_CREATE;
    record->intent_wall_ms = fixture->now.wall_ms;
    fixture_restart(fixture);
    fixture_run(fixture, 5 * MINUTE);
    assert_one_image(fixture);
    fixture_free(fixture);
}

static void test_conflict_with_a_stranger(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    fixture_commit(fixture);
    memory_replace_text(&fixture_add_live(fixture, "web")->description, "somebody's");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_NAME_TAKEN);
    size_t history = fixture->history;
    fixture_run(fixture, 6 * 60 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_NAME_TAKEN);
    assert_int_equal(fixture->history, history); // it does not flicker
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_delete_live(fixture, "web");
    fixture_run(fixture, 10 * MINUTE);
    assert_one_image(fixture);
    fixture_free(fixture);
}

// A quota, a source in transition: it passes, and its message stays while it lasts.
static void test_conflict_that_passes(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    for (int i = 0; i < 5; i++)
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_CONFLICT, false);
    fixture_run(fixture, 3 * SECOND);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_RETRYING);
    assert_non_null(strstr(fixture_status(fixture, "web").record->message, "conflict"));
    fixture_run(fixture, 30 * MINUTE);
    assert_one_image(fixture);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 6);
    assert_true(fixture->history < 10);
    fixture_free(fixture);
}

// What failed before a success does not make the next failure wait longer.
static void test_success_resets_the_back_off(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture->new_state = "pending";
    for (int i = 0; i < 6; i++)
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_NOT_SENT, false);
    fixture_fail(fixture, OPERATION_SET_TAGS, OUTCOME_NOT_SENT, false);
    while (fixture->sent[OPERATION_SET_TAGS] == 0)
        fixture_run(fixture, SECOND);
    assert_int_equal(fixture_status(fixture, "web").record->attempts, 1);
    fixture_run(fixture, 2 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_SET_TAGS], 2);
    assert_int_equal(fixture_status(fixture, "web").record->attempts, 0);
    assert_int_equal(fixture_status(fixture, "web").record->next_attempt_wall_ms, 0);
    fixture_free(fixture);
}

static void test_tags_of_an_image_not_visible_yet(void **state)
{
    (void)state;
    struct fixture *fixture = begin("name: web\nvm_id: i-1\ntags: {a: b}\n");
    fixture->hidden = true;
    fixture_run(fixture, 40 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_true(fixture->sent[OPERATION_SET_TAGS] > 3);
    assert_int_equal(fixture->reports[REPORT_IMAGE_VANISHED], 0);
    fixture->hidden = false;
    fixture_run(fixture, 2 * MINUTE);
    assert_one_image(fixture);
    assert_string_equal(tag_list_find(&fixture_live(fixture, "web")->tags, "a"), "b");
    fixture_free(fixture);
}

static void test_tags_are_forbidden(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    for (int i = 0; i < 3; i++)
        fixture_fail(fixture, OPERATION_SET_TAGS, OUTCOME_FORBIDDEN, false);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_FORBIDDEN);
    assert_non_null(strstr(fixture_status(fixture, "web").record->message, "set tags"));
    fixture_run(fixture, 50 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_SET_TAGS], 1); // slowly
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_FORBIDDEN);
    fixture_run(fixture, 3 * 60 * MINUTE);
    assert_one_image(fixture); // and not contested: none of the repairs was made
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

// What was asked for once and lost is seen again before anything is decided.
static void test_lost_tags(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct fixture *fixture = begin(VM);
        fixture_fail(fixture, OPERATION_SET_TAGS, OUTCOME_LOST, applied);
        fixture_run(fixture, MINUTE);
        assert_one_image(fixture);
        assert_int_equal(fixture->sent[OPERATION_SET_TAGS], applied ? 1 : 2);
        fixture_free(fixture);
    }
}

static void test_refused_creation_waits_for_a_person(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_INVALID, false);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_INVALID, false);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_REJECTED);
    size_t history = fixture->history;
    fixture_run(fixture, 59 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->history, history);
    fixture_run(fixture, 2 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    assert_int_equal(fixture->history, history); // another try, the same result: nothing new
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-2\n");
    fixture_settle(fixture);
    assert_one_image(fixture);
    fixture_free(fixture);
}

// An answer that shows an image which was there before, under another name, is none: what it shows
// is not taken for ours, to be tagged now and deleted one day.
static void test_answered_with_a_stranger(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    struct image *stranger = fixture_add_live(fixture, "stranger");
    fixture->answers_with = "stranger";
    fixture_settle(fixture);
    assert_one_image(fixture);
    assert_int_equal(stranger->tags.count, 0);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->reports[REPORT_ANSWER_LOST], 1);
    fixture_free(fixture);
}

static void test_throttled(void **state)
{
    (void)state;
    struct fixture *fixture = begin(VM);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_THROTTLED, false);
    fixture->faults[0].retry_after_ms = 2 * MINUTE;
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_THROTTLED);
    fixture_run(fixture, 119 * SECOND);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_run(fixture, 2 * SECOND);
    assert_one_image(fixture);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_applied_and_lost),
        cmocka_unit_test(test_clocks_differ),
        cmocka_unit_test(test_clock_jumps_before_the_creation),
        cmocka_unit_test(test_image_appears_late),
        cmocka_unit_test(test_never_applied),
        cmocka_unit_test(test_older_image_is_not_taken),
        cmocka_unit_test(test_no_look_no_second_creation),
        cmocka_unit_test(test_api_that_shows_nothing_settles_nothing),
        cmocka_unit_test(test_api_that_never_showed_anything_settles_no_copy),
        cmocka_unit_test(test_copy_from_an_empty_cloud_is_tried_again_on_request),
        cmocka_unit_test(test_older_list_settles_nothing),
        cmocka_unit_test(test_file_edited_meanwhile),
        cmocka_unit_test(test_file_removed_meanwhile),
        cmocka_unit_test(test_restart_with_an_intent),
        cmocka_unit_test(test_restart_with_an_intent_for_no_name),
        cmocka_unit_test(test_conflict_with_a_stranger),
        cmocka_unit_test(test_conflict_that_passes),
        cmocka_unit_test(test_success_resets_the_back_off),
        cmocka_unit_test(test_tags_of_an_image_not_visible_yet),
        cmocka_unit_test(test_tags_are_forbidden),
        cmocka_unit_test(test_lost_tags),
        cmocka_unit_test(test_refused_creation_waits_for_a_person),
        cmocka_unit_test(test_answered_with_a_stranger),
        cmocka_unit_test(test_throttled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
