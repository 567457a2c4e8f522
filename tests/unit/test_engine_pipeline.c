// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Golden images that roll: names with {digest}, sources that are followed, dependents, and what
// becomes of the images that were replaced.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define MINUTE_MS 60000

#define BASE                                                                                       \
    "name: base-{digest}\n"                                                                        \
    "source_image_id: {name: 'Debian-12-*', public: true, newest: true, follow: true}\n"           \
    "source_region_name: cloudgouv-eu-west-1\n"                                                    \
    "description: from {source_id}\n"                                                              \
    "access: {is_public: false}\n"                                                                 \
    "lifecycle: {keep_previous: %u}\n"

#define APPLICATION                                                                                \
    "name: application-{digest}\n"                                                                 \
    "source_image_id: {declared: 'base-{digest}', follow: true}\n"                                 \
    "source_region_name: cloudgouv-eu-west-1\n"                                                    \
    "access: {is_public: false}\n"

static void publish(struct fixture *fixture, const char *name, const char *date)
{
    struct image *image = fixture_add_live(fixture, name);
    image->access.present = true;
    image->access.is_public = BOOLEAN_TRUE;
    memory_replace_text(&image->creation_date, date);
    memory_replace_text(&image->cloud_state, "available");
}

static void put_base(struct fixture *fixture, unsigned keep_previous)
{
    char text[512];
    snprintf(text, sizeof(text), BASE, keep_previous);
    fixture_put(fixture, "base.yaml", text);
}

static size_t owned(const struct fixture *fixture, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->cloud.count; i++) {
        const char *value = tag_list_find(&fixture->cloud.items[i]->tags, "imaged.name");
        count += value != NULL && strcmp(value, name) == 0 ? 1 : 0;
    }
    return count;
}

static const char *image_id(struct fixture *fixture, const char *name)
{
    return fixture_status(fixture, name).record->image_id;
}

static struct fixture *rolling(unsigned keep_previous)
{
    struct fixture *fixture = fixture_new();
    publish(fixture, "Debian-12-2026-06-17", "2026-06-17T08:00:00Z");
    publish(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    put_base(fixture, keep_previous);
    fixture_put(fixture, "application.yaml", APPLICATION);
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "base-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_assert_state(fixture, "application-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    return fixture;
}

static void test_newest_source_is_taken(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(0);
    struct image *newest = fixture_live(fixture, "Debian-12-2026-08-10");
    struct image_status status = fixture_status(fixture, "base-{digest}");
    assert_string_equal(status.record->source_id, newest->id);
    char *description = memory_format("from %s", newest->id);
    assert_string_equal(image_open(status.live).description, description);
    free(description);
    fixture_free(fixture);
}

static void test_rolls_once_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(0);
    char *base = memory_text(image_id(fixture, "base-{digest}"));
    char *application = memory_text(image_id(fixture, "application-{digest}"));
    size_t made = fixture->sent[OPERATION_CREATE_IMAGE];
    publish(fixture, "Debian-12-2026-10-12", "2026-10-12T08:00:00Z");
    fixture_run(fixture, 20 * MINUTE_MS);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], made + 2);
    assert_string_not_equal(image_id(fixture, "base-{digest}"), base);
    assert_string_not_equal(image_id(fixture, "application-{digest}"), application);
    struct image_status status = fixture_status(fixture, "application-{digest}");
    assert_string_equal(status.record->source_id, image_id(fixture, "base-{digest}"));
    assert_int_equal(owned(fixture, "base-{digest}"), 1);
    assert_int_equal(owned(fixture, "application-{digest}"), 1);
    fixture_assert_state(fixture, "application-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    size_t writes = fixture_writes(fixture);
    fixture_run(fixture, 60 * MINUTE_MS);
    assert_int_equal(fixture_writes(fixture), writes);
    free(base);
    free(application);
    fixture_free(fixture);
}

// The old image stays until the new one is available, through failures of the making as well.
static void test_old_image_outlasts_the_making(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(0);
    publish(fixture, "Debian-12-2026-10-12", "2026-10-12T08:00:00Z");
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_FORBIDDEN, false);
    fixture->new_state = "pending";
    fixture_run(fixture, 10 * MINUTE_MS);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_run(fixture, 120 * MINUTE_MS);
    fixture_assert_state(fixture, "base-{digest}", STATE_PENDING, REASON_IMAGE_PENDING);
    assert_int_equal(owned(fixture, "base-{digest}"), 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    for (size_t i = 0; i < fixture->cloud.count; i++)
        memory_replace_text(&fixture->cloud.items[i]->cloud_state, "available");
    fixture->new_state = "available";
    fixture_run(fixture, 20 * MINUTE_MS);
    assert_int_equal(owned(fixture, "base-{digest}"), 1);
    fixture_assert_state(fixture, "base-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_keeps_previous(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(2);
    static const char *const dates[] = {"2026-10-12", "2026-11-01", "2026-11-20", "2026-11-24"};
    for (size_t i = 0; i < 4; i++) {
        char *oldest =
            i < 2 ? NULL
                  : memory_text(fixture_status(fixture, "base-{digest}").record->previous.items[0]);
        char name[64];
        snprintf(name, sizeof(name), "Debian-12-%s", dates[i]);
        publish(fixture, name, dates[i]);
        fixture_run(fixture, 90 * MINUTE_MS); // the brake's window passes
        assert_int_equal(owned(fixture, "base-{digest}"), i + 2 < 3 ? i + 2 : 3);
        for (size_t j = 0; oldest != NULL && j < fixture->cloud.count; j++)
            assert_string_not_equal(fixture->cloud.items[j]->id, oldest);
        free(oldest);
    }
    fixture_free(fixture);
}

// Back to an image that was kept: it comes into use again, and nothing is made.
static void test_reverting_takes_the_kept_image(void **state)
{
    (void)state;
    static const char one[] = "name: web-{digest}\nsource_image_id: ami-11111111\n"
                              "source_region_name: r\nlifecycle: {keep_previous: 1}\n";
    static const char two[] = "name: web-{digest}\nsource_image_id: ami-22222222\n"
                              "source_region_name: r\nlifecycle: {keep_previous: 1}\n";
    struct fixture *fixture = fixture_new();
    publish(fixture, "one", "2026-01-01T00:00:00Z");
    publish(fixture, "two", "2026-01-01T00:00:00Z");
    memory_replace_text(&fixture_live(fixture, "one")->id, "ami-11111111");
    memory_replace_text(&fixture_live(fixture, "two")->id, "ami-22222222");
    fixture_put(fixture, "web.yaml", one);
    fixture_run(fixture, MINUTE_MS);
    char *first = memory_text(image_id(fixture, "web-{digest}"));
    fixture_put(fixture, "web.yaml", two);
    fixture_run(fixture, 2 * MINUTE_MS);
    assert_string_not_equal(image_id(fixture, "web-{digest}"), first);
    size_t made = fixture->sent[OPERATION_CREATE_IMAGE];
    fixture_put(fixture, "web.yaml", one);
    fixture_run(fixture, 2 * MINUTE_MS);
    assert_string_equal(image_id(fixture, "web-{digest}"), first);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], made);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    assert_int_equal(fixture_status(fixture, "web-{digest}").record->previous.count, 1);
    free(first);
    fixture_free(fixture);
}

static void test_removal_takes_previous_along(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(3);
    publish(fixture, "Debian-12-2026-10-12", "2026-10-12T08:00:00Z");
    fixture_run(fixture, 20 * MINUTE_MS);
    assert_int_equal(owned(fixture, "base-{digest}"), 2);
    fixture_remove(fixture, "base.yaml");
    fixture_run(fixture, 10 * MINUTE_MS);
    assert_int_equal(owned(fixture, "base-{digest}"), 0);
    // What was made from it lives on.
    assert_int_equal(owned(fixture, "application-{digest}"), 1);
    fixture_free(fixture);
}

static void test_without_follow_the_source_is_remembered(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    publish(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    fixture_put(fixture, "web.yaml",
        "name: web-{digest}\nsource_image_id: {name: 'Debian-12-*', newest: true}\n"
        "source_region_name: r\n");
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "web-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    size_t writes = fixture_writes(fixture);
    publish(fixture, "Debian-12-2026-10-12", "2026-10-12T08:00:00Z");
    fixture_run(fixture, 30 * MINUTE_MS);
    fixture_restart(fixture);
    fixture_run(fixture, 30 * MINUTE_MS);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_assert_state(fixture, "web-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_source_that_vanishes_harms_nobody(void **state)
{
    (void)state;
    struct fixture *fixture = rolling(0);
    size_t writes = fixture_writes(fixture);
    fixture_delete_live(fixture, "Debian-12-2026-06-17");
    fixture_delete_live(fixture, "Debian-12-2026-08-10");
    fixture_run(fixture, 30 * MINUTE_MS);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_assert_state(fixture, "base-{digest}", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_several_matches_wait(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    publish(fixture, "Debian-12-2026-06-17", "2026-06-17T08:00:00Z");
    publish(fixture, "Debian-12-2026-08-10", "2026-08-10T08:00:00Z");
    fixture_put(fixture, "web.yaml",
        "name: web\nsource_image_id: {name: 'Debian-12-*'}\nsource_region_name: r\n");
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    const char *message = fixture_status(fixture, "web").record->message;
    assert_non_null(strstr(message, fixture_live(fixture, "Debian-12-2026-06-17")->id));
    assert_non_null(strstr(message, "newest: true"));
    fixture_free(fixture);
}

static void test_cycle_is_an_error_that_names_the_files(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(
        fixture, "a.yaml", "name: aaa\nsource_image_id: {declared: bbb}\nsource_region_name: r\n");
    fixture_put(
        fixture, "b.yaml", "name: bbb\nsource_image_id: {declared: aaa}\nsource_region_name: r\n");
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "aaa", STATE_FAILED, REASON_INVALID_DECLARATION);
    fixture_assert_state(fixture, "bbb", STATE_FAILED, REASON_INVALID_DECLARATION);
    const char *message = fixture_status(fixture, "aaa").record->message;
    assert_non_null(strstr(message, "a.yaml"));
    assert_non_null(strstr(message, "b.yaml"));
    publish(fixture, "Debian", "2026-06-17T08:00:00Z");
    fixture_put(
        fixture, "b.yaml", "name: bbb\nsource_image_id: {name: Debian}\nsource_region_name: r\n");
    fixture_run(fixture, 10 * MINUTE_MS);
    fixture_assert_state(fixture, "aaa", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void add_device(struct image *image, const char *snapshot_id)
{
    image->block_devices.items = memory_new(1, sizeof(*image->block_devices.items));
    image->block_devices.count = 1;
    image->block_devices.present = true;
    struct block_device *device = &image->block_devices.items[0];
    device->device_name = memory_text("/dev/sda1");
    device->bsu.present = true;
    device->bsu.snapshot.present = true;
    device->bsu.snapshot.id = memory_text(snapshot_id);
}

static void test_snapshots_go_after_their_image(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml",
        "name: web\nsource_image_id: ami-source\nsource_region_name: r\n"
        "lifecycle: {delete_snapshots: true}\n");
    fixture_run(fixture, MINUTE_MS);
    add_device(fixture_live(fixture, "web"), "snap-11111111");
    fixture_run(fixture, 10 * MINUTE_MS); // a list shows it
    fixture_remove(fixture, "web.yaml");
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_DEPENDENCY, false);
    fixture_fail(fixture, OPERATION_DELETE_SNAPSHOT, OUTCOME_CONFLICT, false);
    fixture_wait(fixture, 1);
    fixture_run(fixture, 90 * 1000);
    assert_int_equal(fixture_count(fixture, "web"), 0);
    fixture_run(fixture, 10 * MINUTE_MS);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 2);
    assert_string_equal(
        fixture->last[OPERATION_DELETE_SNAPSHOT]->targets.items[0], "snap-11111111");
    assert_int_equal(fixture->durable.count, 0);
    fixture_free(fixture);
}

static void test_snapshots_stay_with_a_kept_image(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    static const char text[] = "name: web\nsource_image_id: ami-source\nsource_region_name: r\n"
                               "lifecycle: {delete_snapshots: true}\n";
    fixture_put(fixture, "web.yaml", text);
    fixture_run(fixture, MINUTE_MS);
    add_device(fixture_live(fixture, "web"), "snap-11111111");
    fixture_run(fixture, 10 * MINUTE_MS);
    fixture_remove(fixture, "web.yaml");
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_FORBIDDEN, false);
    fixture_run(fixture, 90 * 1000);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_put(fixture, "web.yaml", text);
    fixture_run(fixture, 180 * MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 0);
    fixture_free(fixture);
}

static void test_overdue_build_is_told_and_not_given_up(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\nlifecycle: {timeout: 30m}\n");
    fixture_run(fixture, 10 * MINUTE_MS);
    assert_null(strstr(fixture_status(fixture, "web").record->message, "timeout"));
    fixture_run(fixture, 80 * MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_IMAGE_PENDING);
    assert_non_null(strstr(fixture_status(fixture, "web").record->message, "timeout"));
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "available");
    fixture_run(fixture, 5 * MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_a_source_that_comes_back_is_used_at_once(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "base.yaml", "name: base\nvm_id: i-1\n");
    fixture_run(fixture, MINUTE_MS);
    fixture_remove(fixture, "base.yaml");
    fixture_put(fixture, "web.yaml",
        "name: web\nsource_image_id: {declared: base}\nsource_region_name: "
        "cloudgouv-eu-west-1\n");
    fixture_run(fixture, 10000);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    fixture_put(fixture, "base.yaml", "name: base\nvm_id: i-1\n");
    fixture_run(fixture, 10000);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// It waits for a source that is not declared any more, which what it was made from had become.
static void test_an_image_found_late_is_let_go_at_once(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "base.yaml", "name: base\nvm_id: i-1\nlifecycle: {on_remove: keep}\n");
    fixture_run(fixture, MINUTE_MS);
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_LOST, true);
    fixture->hidden = true;
    fixture->hidden_from = fixture->images_made;
    fixture_put(fixture, "web.yaml",
        "name: web\nsource_image_id: {declared: base}\nsource_region_name: "
        "cloudgouv-eu-west-1\nlifecycle: {on_remove: keep}\n");
    fixture_settle(fixture);
    fixture_remove(fixture, "base.yaml");
    fixture_run(fixture, 10000);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 65000);
    assert_int_equal(fixture_status(fixture, "web").record->intent, INTENT_CREATE);
    fixture->hidden = false;
    fixture_run(fixture, 5 * MINUTE_MS);
    assert_false(engine_knows(fixture->engine, "web"));
    assert_int_equal(fixture_count(fixture, "web"), 1);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest_source_is_taken),
        cmocka_unit_test(test_rolls_once_in_order),
        cmocka_unit_test(test_old_image_outlasts_the_making),
        cmocka_unit_test(test_keeps_previous),
        cmocka_unit_test(test_reverting_takes_the_kept_image),
        cmocka_unit_test(test_removal_takes_previous_along),
        cmocka_unit_test(test_without_follow_the_source_is_remembered),
        cmocka_unit_test(test_source_that_vanishes_harms_nobody),
        cmocka_unit_test(test_several_matches_wait),
        cmocka_unit_test(test_cycle_is_an_error_that_names_the_files),
        cmocka_unit_test(test_snapshots_go_after_their_image),
        cmocka_unit_test(test_snapshots_stay_with_a_kept_image),
        cmocka_unit_test(test_overdue_build_is_told_and_not_given_up),
        cmocka_unit_test(test_a_source_that_comes_back_is_used_at_once),
        cmocka_unit_test(test_an_image_found_late_is_let_go_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
