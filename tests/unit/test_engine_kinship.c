// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Whose an image is that bears the name: ours, somebody's, nobody's any more; and what is left of
// that knowledge when the record is damaged.

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shared_text.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static const struct {
    const char *owner; // the tags of the image that is there; NULL: none
    const char *name;
    const char *cloud_state;
    enum image_state state; // of the declaration
    enum reason reason;
    bool taken; // whether the image that is there becomes the declaration's
} namesakes[] = {
    {"tests", "abc", "available", STATE_AVAILABLE, REASON_IN_SYNC, true},
    {"tests", "other", "available", STATE_FAILED, REASON_NAME_TAKEN, false},
    {"tests", NULL, "available", STATE_FAILED, REASON_NAME_TAKEN, false},
    {NULL, "abc", "available", STATE_FAILED, REASON_NAME_TAKEN, false},
    {"others", "abc", "available", STATE_FAILED, REASON_NAME_TAKEN, false},
    {NULL, NULL, "available", STATE_FAILED, REASON_NAME_TAKEN, false},
    {NULL, NULL, "deleted", STATE_AVAILABLE, REASON_IN_SYNC, false},
    {"tests", "abc", "deregistered", STATE_AVAILABLE, REASON_IN_SYNC, false},
};

static void test_whose_the_namesake_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(namesakes) / sizeof(namesakes[0]); i++) {
        struct fixture *fixture = fixture_new();
        fixture->unique_names = false;
        struct image *there = fixture_add_live(fixture, "abc");
        char *id = memory_text(there->id);
        if (namesakes[i].owner != NULL)
            tag_list_set(&there->tags, "imaged.owner", namesakes[i].owner);
        if (namesakes[i].name != NULL)
            tag_list_set(&there->tags, "imaged.name", namesakes[i].name);
        memory_replace_text(&there->cloud_state, namesakes[i].cloud_state);
        fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
        fixture_run(fixture, MINUTE);
        fixture_assert_state(fixture, "abc", namesakes[i].state, namesakes[i].reason);
        const char *ours = fixture_status(fixture, "abc").record->image_id;
        assert_int_equal(ours != NULL && strcmp(ours, id) == 0, namesakes[i].taken);
        free(id);
        fixture_free(fixture);
    }
}

// Of several that bear the name, the closest counts, in whatever order they are shown.
static void test_the_closest_namesake_counts(void **state)
{
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        struct fixture *fixture = fixture_new();
        fixture->unique_names = false;
        for (int i = 0; i < 2; i++) {
            struct image *image = fixture_add_live(fixture, "abc");
            if (i != ours)
                continue;
            tag_list_set(&image->tags, "imaged.owner", "tests");
            tag_list_set(&image->tags, "imaged.name", "abc");
        }
        char *id = memory_text(fixture->cloud.items[ours]->id);
        fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
        fixture_run(fixture, MINUTE);
        fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
        assert_string_equal(fixture_status(fixture, "abc").record->image_id, id);
        free(id);
        fixture_free(fixture);
    }
}

// A creation whose answer was lost, on a server that tells no date, or none that can be read.
static void test_lost_creation_without_a_date(void **state)
{
    (void)state;
    static const char *const dates[] = {NULL, "yesterday"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture *fixture = fixture_new();
        fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
        fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
        while (fixture->cloud.count == 0) {
            fixture_commit(fixture);
            if (fixture->request_count > 0)
                assert_true(fixture_answer(fixture, fixture->requests[0]->operation));
        }
        memory_replace_text(&fixture->cloud.items[0]->creation_date, dates[i]);
        fixture_run(fixture, 5 * MINUTE);
        fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
        assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
        fixture_free(fixture);
    }
}

// An image that was replaced and kept, and that somebody else put a tag on since: it is let go of,
// and never deleted, neither as one too many nor with the declaration.
static void test_replaced_image_that_others_took(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(
        fixture, "a.yaml", "name: abc-{digest}\nvm_id: i-1\nlifecycle: {keep_previous: 1}\n");
    fixture_run(fixture, MINUTE);
    char *first = memory_text(fixture->cloud.items[0]->name);
    fixture_put(
        fixture, "a.yaml", "name: abc-{digest}\nvm_id: i-2\nlifecycle: {keep_previous: 1}\n");
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    assert_int_equal(fixture_status(fixture, "abc-{digest}").record->previous.count, 1);
    tag_list_set(&fixture_live(fixture, first)->tags, "imaged.owner", "others");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture_status(fixture, "abc-{digest}").record->previous.count, 0);
    fixture_remove(fixture, "a.yaml");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    assert_non_null(fixture_live(fixture, first));
    free(first);
    fixture_free(fixture);
}

static void damage(struct fixture *fixture, bool declaration, bool made_from)
{
    assert_int_equal(fixture->durable.count, 1);
    struct record *record = fixture->durable.items[0];
    const char *garbage = shared_text_new("{\"name\":");
    if (declaration)
        shared_text_replace(&record->declaration, garbage);
    if (made_from)
        shared_text_replace(&record->made_from, garbage);
    shared_text_unref(garbage);
}

// A record whose texts cannot be read any more: the file says it all again, and nothing is made or
// deleted because of it.
static void test_damaged_record(void **state)
{
    (void)state;
    for (int which = 1; which < 4; which++) {
        struct fixture *fixture = fixture_with_images(1, "");
        size_t writes = fixture_writes(fixture);
        damage(fixture, (which & 1) != 0, (which & 2) != 0);
        fixture_restart(fixture);
        fixture_run(fixture, 10 * MINUTE);
        fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
        assert_int_equal(fixture_writes(fixture), writes);
        fixture_free(fixture);
    }
}

// The same while the file is bad as well: the image is left alone.
static void test_damaged_record_and_bad_file(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(1, "");
    size_t writes = fixture_writes(fixture);
    damage(fixture, true, true);
    fixture_load(fixture);
    fixture_put_vm(fixture, 0, "vm_id: twice\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_INVALID_DECLARATION);
    struct difference_list differences = {0};
    engine_differences(fixture->engine, "vm-0", &differences);
    assert_int_equal(differences.count, 0); // from what, nobody knows
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_put_vm(fixture, 0, "");
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_free(fixture);
}

// And while the file is gone: the image is ours by what is left of the record, and goes.
static void test_damaged_record_and_no_file(void **state)
{
    (void)state;
    static const struct violation violations[] = {
        {(char *)(uintptr_t) "id", (char *)(uintptr_t) "in use"}};
    struct fixture *fixture = fixture_with_images(1, "");
    damage(fixture, true, true);
    fixture_remove_vm(fixture, 0);
    fixture_commit(fixture);
    damage(fixture, true, true);
    fixture_restart(fixture);
    fixture->violations = violations;
    fixture->violation_count = 1;
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_INVALID, false);
    fixture_run(fixture, 2 * MINUTE);
    fixture_assert_state(fixture, "vm-0", STATE_FAILED, REASON_REJECTED);
    const char *message = fixture_status(fixture, "vm-0").record->message;
    assert_non_null(strstr(message, ": id: in use"));
    fixture_command(fixture, COMMAND_RETRY, "vm-0");
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture->cloud.count, 0);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replaced_image_that_others_took),
        cmocka_unit_test(test_whose_the_namesake_is),
        cmocka_unit_test(test_the_closest_namesake_counts),
        cmocka_unit_test(test_lost_creation_without_a_date),
        cmocka_unit_test(test_damaged_record),
        cmocka_unit_test(test_damaged_record_and_bad_file),
        cmocka_unit_test(test_damaged_record_and_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
