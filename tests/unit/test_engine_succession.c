// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images that are replaced by making the new one first, those that are left of that, and the
// snapshots that go with them, or must not.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define NAME   "web-{digest}"

static void put(struct fixture *fixture, const char *rest)
{
    char *text = memory_format("name: %s\n%s", NAME, rest);
    fixture_put(fixture, "web.yaml", text);
    free(text);
}

// An image as the cloud shows it: with a snapshot of its own.
static void give_snapshot(struct image *image, const char *id)
{
    struct block_device *device = memory_new(1, sizeof(*device));
    device->device_name = memory_text("/dev/sda1");
    device->bsu.present = true;
    device->bsu.snapshot = (struct selector){.present = true, .id = memory_text(id)};
    image->block_devices = (struct block_device_list){.items = device, .count = 1, .present = true};
}

static void test_new_image_comes_first(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "vm_id: i-1\n");
    fixture_settle(fixture);
    fixture->new_state = "pending";
    put(fixture, "vm_id: i-2\n");
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    fixture_assert_state(fixture, NAME, STATE_PENDING, REASON_IMAGE_PENDING);
    memory_replace_text(&fixture->cloud.items[1]->cloud_state, "available");
    fixture_run(fixture, 2 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_assert_state(fixture, NAME, STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_keep_previous(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    for (int i = 1; i <= 5; i++) {
        char rest[128];
        snprintf(rest, sizeof(rest), "vm_id: i-%d\nlifecycle: {keep_previous: 2}\n", i);
        put(fixture, rest);
        fixture_run(fixture, MINUTE);
    }
    assert_int_equal(fixture->cloud.count, 3);
    assert_int_equal(fixture_status(fixture, NAME).record->previous.count, 2);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture->cloud.count, 0); // all that it made
    fixture_free(fixture);
}

// Back to a former version: its image is still there and is taken, though somebody took its tags.
static void test_former_image_comes_back_into_use(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->unique_names = false;
    put(fixture, "vm_id: i-1\nlifecycle: {keep_previous: 2}\n");
    fixture_settle(fixture);
    put(fixture, "vm_id: i-2\nlifecycle: {keep_previous: 2}\n");
    fixture_run(fixture, MINUTE);
    tag_list_deinit(&fixture->cloud.items[0]->tags);
    fixture->cloud.items[0]->tags = (struct tag_list){0};
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_settle(fixture);
    put(fixture, "vm_id: i-1\nlifecycle: {keep_previous: 2}\n");
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    assert_string_equal(
        fixture_status(fixture, NAME).record->image_id, fixture->cloud.items[0]->id);
    fixture_assert_state(fixture, NAME, STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// A list that lacks one that was replaced does not make it forgotten: it would stay for ever.
static void test_list_that_lacks_a_former_image(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "vm_id: i-1\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_FORBIDDEN, false);
    put(fixture, "vm_id: i-2\n");
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    struct image *former = fixture->cloud.items[0];
    fixture->cloud.items[0] = fixture->cloud.items[--fixture->cloud.count];
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_settle(fixture);
    fixture_show(fixture, former);
    fixture_run(fixture, 3 * 60 * MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

static void test_one_that_somebody_deleted(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "vm_id: i-1\n");
    fixture_run(fixture, 10 * MINUTE);
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_CONFLICT, false);
    put(fixture, "vm_id: i-2\n");
    fixture_settle(fixture);
    char *former = memory_text(fixture->cloud.items[0]->name);
    fixture_delete_live(fixture, former);
    free(former);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture_status(fixture, NAME).record->previous.count, 0);
    fixture_assert_state(fixture, NAME, STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

// Many edits while deletions wait for approval: one approval is for all that came of them.
static void test_one_approval_for_all_that_were_replaced(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.deletion_maximum = 1;
    engine_configure(fixture->engine, &fixture->options);
    for (int i = 1; i <= 6; i++) {
        char rest[32];
        snprintf(rest, sizeof(rest), "vm_id: i-%d\n", i);
        put(fixture, rest);
        fixture_run(fixture, MINUTE);
    }
    assert_int_equal(fixture->cloud.count, 5);
    fixture_assert_state(fixture, NAME, STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_command(fixture, COMMAND_APPROVE, NAME);
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

// A former image is taken back and its successor is to go, all in one turn: that counts as well.
static void test_brake_counts_what_came_to_it_just_now(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->options.deletion_maximum = 1;
    engine_configure(fixture->engine, &fixture->options);
    fixture_put(fixture, "other.yaml", "name: other\nvm_id: i-9\n");
    put(fixture, "vm_id: i-1\n");
    fixture_settle(fixture);
    fixture_remove(fixture, "other.yaml");
    fixture_run(fixture, 2 * MINUTE);
    put(fixture, "vm_id: i-2\n");
    fixture_settle(fixture);
    assert_int_equal(fixture->cloud.count, 2);
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_settle(fixture);
    put(fixture, "vm_id: i-1\n");
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    fixture_assert_state(fixture, NAME, STATE_PENDING, REASON_AWAITING_APPROVAL);
    fixture_free(fixture);
}

static void test_snapshots_that_were_made_with_it_go(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(
        fixture, "vm.yaml", "name: from-vm\nvm_id: i-1\nlifecycle: {delete_snapshots: true}\n");
    fixture_settle(fixture);
    give_snapshot(fixture_live(fixture, "from-vm"), "snap-made");
    fixture_run(fixture, 10 * MINUTE);
    fixture_remove(fixture, "vm.yaml");
    fixture_run(fixture, 5 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 1);
    assert_string_equal(fixture->last[OPERATION_DELETE_SNAPSHOT]->targets.items[0], "snap-made");
    fixture_free(fixture);
}

// By default they stay, with an image that is replaced and with one that is removed.
static void test_snapshots_stay_where_nobody_asked(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "vm_id: i-1\n");
    fixture_settle(fixture);
    give_snapshot(fixture->cloud.items[0], "snap-first");
    fixture_run(fixture, 10 * MINUTE);
    put(fixture, "vm_id: i-2\n");
    fixture_run(fixture, MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    give_snapshot(fixture->cloud.items[0], "snap-second");
    fixture_run(fixture, 10 * MINUTE);
    fixture_remove(fixture, "web.yaml");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 0);
    fixture_free(fixture);
}

// What was declared is the user's own, also when the image that was registered from it is replaced
// by one that is made in another way.
static void test_declared_snapshots_stay(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture,
        "lifecycle: {delete_snapshots: true}\nroot_device_name: /dev/sda1\n"
        "block_device_mappings: [{device_name: /dev/sda1, bsu: {snapshot_id: snap-mine}}]\n");
    fixture_run(fixture, 10 * MINUTE);
    assert_string_equal(
        fixture->cloud.items[0]->block_devices.items[0].bsu.snapshot.id, "snap-mine");
    put(fixture, "vm_id: i-1\nlifecycle: {delete_snapshots: true}\n");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 1);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 0);
    fixture_free(fixture);
}

// With the record lost, nobody knows where the snapshots of a found image are from.
static void test_snapshots_of_unknown_origin_stay(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    const char *text = "name: found\nvm_id: i-1\nlifecycle: {delete_snapshots: true}\n";
    fixture_put(fixture, "found.yaml", text);
    fixture_settle(fixture);
    give_snapshot(fixture_live(fixture, "found"), "snap-unknown");
    record_list_deinit(&fixture->durable);
    fixture_restart(fixture);
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "found", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_remove(fixture, "found.yaml");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(fixture->cloud.count, 0);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 0);
    fixture_free(fixture);
}

// Its deletion was tried, which doomed its snapshots; then it became somebody else's, and they too.
static void test_snapshots_of_one_that_changed_hands_stay(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "vm_id: i-1\nlifecycle: {delete_snapshots: true}\n");
    fixture_settle(fixture);
    give_snapshot(fixture->cloud.items[0], "snap-theirs");
    fixture_run(fixture, 10 * MINUTE);
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_LOST, false);
    put(fixture, "vm_id: i-2\nlifecycle: {delete_snapshots: true}\n");
    while (fixture->sent[OPERATION_DELETE_IMAGE] == 0)
        fixture_run(fixture, SECOND);
    tag_list_set(&fixture->cloud.items[0]->tags, "imaged.owner", "somebody-else");
    for (int i = 0; i < 20; i++) // whatever is tried before a list tells
        fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_LOST, false);
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_run(fixture, 20 * MINUTE);
    assert_int_equal(fixture->cloud.count, 2);
    assert_int_equal(fixture->sent[OPERATION_DELETE_SNAPSHOT], 0);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_image_comes_first),
        cmocka_unit_test(test_keep_previous),
        cmocka_unit_test(test_former_image_comes_back_into_use),
        cmocka_unit_test(test_list_that_lacks_a_former_image),
        cmocka_unit_test(test_one_that_somebody_deleted),
        cmocka_unit_test(test_one_approval_for_all_that_were_replaced),
        cmocka_unit_test(test_brake_counts_what_came_to_it_just_now),
        cmocka_unit_test(test_snapshots_that_were_made_with_it_go),
        cmocka_unit_test(test_snapshots_stay_where_nobody_asked),
        cmocka_unit_test(test_declared_snapshots_stay),
        cmocka_unit_test(test_snapshots_of_unknown_origin_stay),
        cmocka_unit_test(test_snapshots_of_one_that_changed_hands_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
