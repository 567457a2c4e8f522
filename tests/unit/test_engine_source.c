// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What images are made from: given, found, waited for, and missing.

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

#define COPY_OF(source) "source_image_id: " source "\nsource_region_name: cloudgouv-eu-west-1\n"

static void add_public(struct fixture *fixture, const char *name, const char *date)
{
    struct image *image = fixture_add_live(fixture, name);
    image->access.is_public = BOOLEAN_TRUE;
    memory_replace_text(&image->creation_date, date);
}

static const char *made_from(struct fixture *fixture)
{
    return fixture->last[OPERATION_CREATE_IMAGE]->image->source_image.id;
}

// A chain of three is made as fast as its links become available, not at the next resync.
static void test_declared_source_is_waited_for(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    fixture_put(fixture, "c.yaml", "name: third\n" COPY_OF("{declared: second}"));
    fixture_put(fixture, "b.yaml", "name: second\n" COPY_OF("{declared: first}"));
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "third", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    fixture_put(fixture, "a.yaml", "name: first\nvm_id: i-1\n");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture->new_state = "available";
    memory_replace_text(&fixture_live(fixture, "first")->cloud_state, "available");
    fixture_run(fixture, 61 * SECOND);
    fixture_assert_state(fixture, "third", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(made_from(fixture), fixture_live(fixture, "second")->id);
    fixture_free(fixture);
}

static void test_cycle(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: first\n" COPY_OF("{declared: second}"));
    fixture_put(fixture, "b.yaml", "name: second\n" COPY_OF("{declared: first}"));
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "first", STATE_FAILED, REASON_INVALID_DECLARATION);
    assert_non_null(strstr(fixture_status(fixture, "first").record->message, "b.yaml"));
    fixture_put(fixture, "b.yaml", "name: second\nvm_id: i-1\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "first", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// Two images that exist are edited to wait for each other: neither is deleted.
static void test_change_into_a_cycle_deletes_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: first\nvm_id: i-1\n");
    fixture_put(fixture, "b.yaml", "name: second\n" COPY_OF("{declared: first}"));
    fixture_run(fixture, MINUTE);
    fixture_put(fixture, "a.yaml", "name: first\n" COPY_OF("{declared: second}"));
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_assert_state(fixture, "first", STATE_FAILED, REASON_INVALID_DECLARATION);
    fixture_free(fixture);
}

static void test_newest_of_a_pattern(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    add_public(fixture, "Debian-12-2026-06-17", "2026-06-17T08:00:00Z");
    add_public(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    add_public(fixture, "Debian-13-2026-09-10", "2026-09-10T08:00:00Z");
    fixture_put(fixture, "a.yaml",
        "name: web\n" COPY_OF("{name: \"Debian-12-*\", public: true, newest: true}"));
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(made_from(fixture), fixture_live(fixture, "Debian-12-2026-08-10")->id);
    add_public(fixture, "Debian-12-2026-10-01", "2026-10-01T08:00:00Z");
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1); // it does not follow
    fixture_free(fixture);
}

static void test_several_matches_need_a_word(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    add_public(fixture, "Debian-12-2026-06-17", "2026-06-17T08:00:00Z");
    add_public(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    fixture_put(fixture, "a.yaml", "name: web\n" COPY_OF("{name: \"Debian-12-*\", public: true}"));
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    assert_non_null(strstr(fixture_status(fixture, "web").record->message, "2 images match"));
    fixture_free(fixture);
}

// A conflict on one name must not make another's source unknown until the next resync.
static void test_conflict_leaves_other_sources_alone(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    add_public(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    fixture_put(fixture, "b.yaml", "name: other\nvm_id: i-1\n");
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_CONFLICT, false);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "other", STATE_PENDING, REASON_RETRYING);
    fixture_put(fixture, "a.yaml", "name: web\n" COPY_OF("{name: \"Debian-12-*\", public: true}"));
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// The cloud does not know the source that the file names.
static void test_creation_without_its_source(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_NOT_FOUND, false);
    fixture_put(fixture, "a.yaml", "name: web\n" COPY_OF("ami-0000dead"));
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_SOURCE_MISSING);
    fixture_run(fixture, MINUTE);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// Names as long as they may be: no query grows beyond what a server takes.
static void test_long_names_are_asked_for_in_pieces(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "first.yaml", "name: first\nvm_id: i-1\n");
    fixture_run(fixture, 2 * MINUTE); // the list is too old to rely on
    for (int i = 0; i < 60; i++)
        fixture->files[fixture->file_count++] = (struct fixture_file){
            .path = memory_format("long-%02d.yaml", i),
            .text = memory_format("name: %02d%0126d\nvm_id: i-1\n", i, 0)};
    fixture_read_directory(fixture);
    assert_in_range(fixture_pending(fixture, OPERATION_FIND_BY_NAME), 2, 4);
    for (size_t i = 0; i < fixture->request_count; i++) {
        size_t length = 0;
        const struct text_list *targets = &fixture->requests[i]->targets;
        for (size_t j = 0; j < targets->count; j++)
            length += strlen(targets->items[j]) + strlen("&imageNames=");
        assert_true(length <= REQUEST_QUERY_LIMIT_BYTES);
    }
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->cloud.count, 61);
    fixture_free(fixture);
}

// An image that is made anew whenever something newer fits must not take itself for that: neither
// before its tags say whose it is, nor where it never gets any.
static void check_own_image_is_no_source(bool ownership_tags)
{
    struct fixture *fixture = fixture_new();
    fixture->options.ownership_tags = ownership_tags;
    engine_configure(fixture->engine, &fixture->options);
    add_public(fixture, "web-seed", "2026-06-17T08:00:00Z");
    fixture_put(fixture, "a.yaml",
        "name: web-{digest}\n" COPY_OF(
            "{name: \"web-*\", newest: true, follow: true}") "lifecycle: {keep_previous: 5, on_remove: keep}\n");
    fixture_run(fixture, 30 * MINUTE);
    fixture_assert_state(fixture, "web-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_string_equal(made_from(fixture), fixture_live(fixture, "web-seed")->id);
    add_public(fixture, "web-seed-2", "2099-06-17T08:00:00Z");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    fixture_delete_live(fixture, "web-seed-2"); // the newest are now ours, the present and the old
    fixture_run(fixture, 30 * MINUTE);
    assert_string_equal(fixture_status(fixture, "web-{digest}").record->source_id,
        fixture_live(fixture, "web-seed")->id);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2); // the first one serves again
    fixture_remove(fixture, "a.yaml"); // and both stay, as told, since on_remove is keep
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->reports[REPORT_IMAGE_RELEASED], 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_free(fixture);
}

static void test_own_image_is_no_source(void **state)
{
    (void)state;
    check_own_image_is_no_source(true);
    check_own_image_is_no_source(false);
}

// One that only its tags know: the record that named it was lost.
static void test_own_image_of_a_lost_record_is_no_source(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    add_public(fixture, "web-seed", "2026-06-17T08:00:00Z");
    struct image *old = fixture_add_live(fixture, "web-00000000");
    tag_list_set(&old->tags, "imaged.owner", "tests");
    tag_list_set(&old->tags, "imaged.name", "web-{digest}");
    fixture_put(fixture, "a.yaml",
        "name: web-{digest}\n" COPY_OF("{name: \"web-*\", newest: true, follow: true}"));
    fixture_run(fixture, 30 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_string_equal(made_from(fixture), fixture_live(fixture, "web-seed")->id);
    fixture_free(fixture);
}

static void test_many_matches_are_not_all_named(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    for (int i = 0; i < 6; i++)
        add_public(fixture, "Debian-12", "2026-06-17T08:00:00Z");
    fixture_put(fixture, "a.yaml", "name: web\n" COPY_OF("{name: \"Debian-12\", public: true}"));
    fixture_run(fixture, SECOND);
    const char *message = fixture_status(fixture, "web").record->message;
    assert_non_null(strstr(message, "6 images match the selector (ami-0000000"));
    assert_non_null(strstr(message, ", …); narrow it"));
    fixture_free(fixture);
}

// Who waits for a circle without being of it waits; those of the circle have the error.
static void test_circle_further_on(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: first\n" COPY_OF("{declared: second}"));
    fixture_put(fixture, "b.yaml", "name: second\n" COPY_OF("{declared: third}"));
    fixture_put(fixture, "c.yaml", "name: third\n" COPY_OF("{declared: second}"));
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "first", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    fixture_assert_state(fixture, "second", STATE_FAILED, REASON_INVALID_DECLARATION);
    fixture_assert_state(fixture, "third", STATE_FAILED, REASON_INVALID_DECLARATION);
    fixture_free(fixture);
}

// What is waited for was never valid: that is said, and it is waited for.
static void test_source_that_was_never_valid(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: first\n" COPY_OF("{declared: second}"));
    fixture_put(fixture, "b.yaml", "name: second\nvm_id: ami-1\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "first", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    assert_non_null(strstr(fixture_status(fixture, "first").record->message, "second is failed"));
    fixture_put(fixture, "b.yaml", "name: second\nvm_id: i-1\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "first", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// A literal id is tried as it is when there is nothing to lose, whatever the list says of it.
static void test_literal_source_that_is_pending(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    add_public(fixture, "Debian-12", "2026-06-17T08:00:00Z");
    memory_replace_text(&fixture_live(fixture, "Debian-12")->cloud_state, "pending");
    fixture_put(fixture, "a.yaml", "name: web\n" COPY_OF("ami-00000001"));
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(made_from(fixture), "ami-00000001");
    fixture_free(fixture);
}

// Before an image is deleted for its successor, the successor's source must be there and usable.
static void test_replacement_waits_for_its_literal_source(void **state)
{
    (void)state;
    static const struct {
        const char *state; // of the new source; NULL: there is none
        const char *words; // and what is said of it
        enum image_state shown;
        enum reason reason;
    } cases[] = {
        {"pending", "ami-00000001 is pending", STATE_PENDING, REASON_WAITING_FOR_SOURCE},
        {NULL, "no image ami-0000dead is visible", STATE_FAILED, REASON_SOURCE_MISSING},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = fixture_new();
        add_public(fixture, "Debian-12", "2026-06-17T08:00:00Z");
        fixture_put(fixture, "a.yaml", "name: web\nvm_id: i-1\n");
        fixture_run(fixture, MINUTE);
        memory_replace_text(&fixture_live(fixture, "Debian-12")->cloud_state, cases[i].state);
        fixture_put(fixture, "a.yaml",
            cases[i].state == NULL ? "name: web\n" COPY_OF("ami-0000dead")
                                   : "name: web\n" COPY_OF("ami-00000001"));
        fixture_run(fixture, 30 * MINUTE);
        assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
        fixture_assert_state(fixture, "web", cases[i].shown, cases[i].reason);
        assert_non_null(strstr(fixture_status(fixture, "web").record->message, cases[i].words));
        fixture_free(fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_image_of_a_lost_record_is_no_source),
        cmocka_unit_test(test_declared_source_is_waited_for),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_change_into_a_cycle_deletes_nothing),
        cmocka_unit_test(test_newest_of_a_pattern),
        cmocka_unit_test(test_several_matches_need_a_word),
        cmocka_unit_test(test_conflict_leaves_other_sources_alone),
        cmocka_unit_test(test_creation_without_its_source),
        cmocka_unit_test(test_long_names_are_asked_for_in_pieces),
        cmocka_unit_test(test_own_image_is_no_source),
        cmocka_unit_test(test_many_matches_are_not_all_named),
        cmocka_unit_test(test_circle_further_on),
        cmocka_unit_test(test_source_that_was_never_valid),
        cmocka_unit_test(test_literal_source_that_is_pending),
        cmocka_unit_test(test_replacement_waits_for_its_literal_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
