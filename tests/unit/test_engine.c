// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The main flow: an image appears, is tagged, kept, replaced and retired, with as few requests as
// that takes.

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define COPY                                                                                       \
    "name: web\nsource_image_id: ami-source\nsource_region_name: cloudgouv-eu-west-1\n"            \
    "tags: {Name: My Image}\n"

static const char *tag(struct fixture *fixture, const char *name, const char *key)
{
    return tag_list_find(&fixture_live(fixture, name)->tags, key);
}

static void test_copy_costs_few_requests(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->copies_are_public = true;
    fixture_put(fixture, "web.yaml", COPY);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_string_equal(tag(fixture, "web", "Name"), "My Image");
    assert_string_equal(tag(fixture, "web", "imaged.owner"), "tests");
    assert_string_equal(tag(fixture, "web", "imaged.name"), "web");
    assert_int_equal(fixture_live(fixture, "web")->access.is_public, BOOLEAN_FALSE);
    assert_int_equal(fixture->sent[OPERATION_LIST_IMAGES], 1);
    assert_int_equal(fixture->sent[OPERATION_FIND_BY_NAME], 0);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture->sent[OPERATION_SET_TAGS], 1);
    assert_int_equal(fixture->last[OPERATION_SET_TAGS]->tags.count, 3);
    assert_int_equal(fixture->sent[OPERATION_SET_ACCESS], 1);
    assert_int_equal(fixture_writes(fixture), 3);
    fixture_free(fixture);
}

static void test_second_pass_writes_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", COPY);
    fixture_run(fixture, 10 * 60 * 1000);
    size_t writes = fixture_writes(fixture);
    size_t saves = fixture->saves;
    fixture_run(fixture, 3600 * 1000);
    fixture_read_directory(fixture);
    fixture_run(fixture, 3600 * 1000);
    assert_int_equal(fixture->saves, saves);
    fixture_restart(fixture);
    fixture_run(fixture, 3600 * 1000);
    assert_int_equal(fixture->saves, saves);
    assert_int_equal(fixture_writes(fixture), writes);
    assert_in_range(fixture->sent[OPERATION_LIST_IMAGES], 30, 50);
    assert_int_equal(fixture->sent[OPERATION_READ_IMAGES], 0);
    assert_int_equal(fixture->sent[OPERATION_READ_IMAGE], 0);
    assert_int_equal(fixture->sent[OPERATION_FIND_BY_NAME], 0);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_vm_is_polled_until_available(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\ntags: {a: b}\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_IMAGE_PENDING);
    assert_string_equal(tag(fixture, "web", "a"), "b"); // not only when it is available
    assert_int_equal(fixture_writes(fixture), 2);
    fixture_run(fixture, 5000);
    size_t early = fixture->sent[OPERATION_READ_IMAGES];
    assert_in_range(early, 1, 3);
    fixture_run(fixture, 90 * 60 * 1000);
    size_t polls = fixture->sent[OPERATION_READ_IMAGES];
    assert_in_range(polls, 80, 105); // stretched to one a minute
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_IMAGE_PENDING);
    assert_true(fixture_status(fixture, "web").pending_since_wall_ms != 0);
    memory_replace_text(&fixture_live(fixture, "web")->cloud_state, "available");
    fixture_run(fixture, 61 * 1000);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture_writes(fixture), 2);
    fixture_free(fixture);
}

static void test_registered_from_snapshots(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "data.yaml",
        "name: data\nroot_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"
        "  - device_name: /dev/sda1\n    bsu: {snapshot_id: snap-1, volume_size: 11}\n");
    fixture_settle(fixture);
    fixture_assert_state(fixture, "data", STATE_AVAILABLE, REASON_IN_SYNC);
    const struct request *made = fixture->last[OPERATION_CREATE_IMAGE];
    assert_int_equal(made->image->block_devices.count, 1);
    assert_string_equal(made->image->block_devices.items[0].bsu.snapshot.id, "snap-1");
    assert_int_equal(fixture_writes(fixture), 2);
    fixture_run(fixture, 3600 * 1000);
    assert_int_equal(fixture_writes(fixture), 2);
    fixture_free(fixture);
}

static void test_nothing_to_tag_no_request(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.ownership_tags = false;
    engine_configure(fixture->engine, &fixture->options);
    fixture_put(fixture, "web.yaml", "name: web\nvm_id: i-1\n");
    fixture_settle(fixture);
    assert_int_equal(fixture_writes(fixture), 1);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_no_write_before_it_is_durable(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", COPY);
    assert_true(fixture_answer(fixture, OPERATION_LIST_IMAGES));
    assert_true(fixture->commit_count > 0);
    fixture_wait(fixture, 60 * 1000);
    assert_int_equal(fixture_writes(fixture), 0);
    struct event event = {.kind = EVENT_COMMIT_FAILED, .text = "disk full"};
    engine_handle(fixture->engine, &event, fixture->now, &fixture->effects);
    assert_string_equal(engine_summary(fixture->engine).record_fault, "disk full");
    assert_int_equal(fixture_writes(fixture), 0);
    effects_clear(&fixture->effects);
    fixture_commit(fixture);
    assert_null(engine_summary(fixture->engine).record_fault);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    fixture_free(fixture);
}

static void test_pending_images_are_read_together(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    for (int i = 0; i < 40; i++) {
        char path[32];
        char text[64];
        snprintf(path, sizeof(path), "vm-%d.yaml", i);
        snprintf(text, sizeof(text), "name: vm-%d\nvm_id: i-%d\n", i, i);
        fixture_put(fixture, path, text);
    }
    fixture_run(fixture, 1);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 40);
    size_t before = fixture->sent[OPERATION_READ_IMAGES];
    fixture_run(fixture, 10 * 60 * 1000);
    assert_in_range(fixture->sent[OPERATION_READ_IMAGES] - before, 10, 30);
    fixture_free(fixture);
}

static void test_a_record_that_is_lost_is_rebuilt(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", COPY);
    fixture_settle(fixture);
    record_list_deinit(&fixture->durable);
    fixture_restart(fixture);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_true(fixture_status(fixture, "web").record->owned);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    assert_int_equal(fixture_writes(fixture), 2);
    fixture_free(fixture);
}

static void test_observe_mode_writes_nothing(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "web.yaml", COPY);
    fixture_settle(fixture);
    fixture->options.observe = true;
    engine_configure(fixture->engine, &fixture->options);
    tag_list_set(&fixture_live(fixture, "web")->tags, "Name", "other");
    fixture_put(fixture, "new.yaml", "name: new\nvm_id: i-2\n");
    fixture_run(fixture, 10 * 60 * 1000); // the fixture fails on a write
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_DRIFTED);
    fixture_assert_state(fixture, "new", STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 10 * 60 * 1000);
    fixture_assert_state(fixture, "web", STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_free(fixture);
}

static void test_nothing_is_decided_before_the_directory_was_read(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_CREATE_IMAGE, OUTCOME_NOT_SENT, false);
    fixture_put(fixture, "web.yaml", COPY);
    fixture_settle(fixture);
    size_t writes = fixture_writes(fixture);
    fixture_load(fixture);
    fixture_run(fixture, 3600 * 1000);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_directory_fault(fixture, "not there");
    fixture_run(fixture, 3600 * 1000);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_read_directory(fixture);
    fixture_settle(fixture);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_costs_few_requests),
        cmocka_unit_test(test_second_pass_writes_nothing),
        cmocka_unit_test(test_vm_is_polled_until_available),
        cmocka_unit_test(test_registered_from_snapshots),
        cmocka_unit_test(test_nothing_to_tag_no_request),
        cmocka_unit_test(test_no_write_before_it_is_durable),
        cmocka_unit_test(test_pending_images_are_read_together),
        cmocka_unit_test(test_a_record_that_is_lost_is_rebuilt),
        cmocka_unit_test(test_observe_mode_writes_nothing),
        cmocka_unit_test(test_nothing_is_decided_before_the_directory_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
