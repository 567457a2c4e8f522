// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Tags, snapshots and lists: what is found, by what, and when.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_sim_world.h"

#define COPY(name)                                                                                 \
    "{\"name\":\"" name "\",\"sourceImageId\":\"ami-0b7df82c\","                                   \
    "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}"

// Sets or removes one tag of one resource.
static int tag(
    struct world *world, const char *method, const char *id, const char *key, const char *value)
{
    char body[1024];

    snprintf(body, sizeof body,
        "{\"resourceIds\":[\"%s\"],\"tags\":[{\"key\":\"%s\",\"value\":\"%s\"}]}", id, key, value);
    return world_ask(world, method, "/bulk/tags", body);
}

static size_t count_found(struct world *world, const char *operation)
{
    if (world_ask(world, "GET", operation, NULL) != 200) {
        fail_msg("%s: %d %s", operation, world->response.status, world->response.body);
    }
    return world_count(world, "items");
}

static void tags_are_set_replaced_and_removed(void **state)
{
    struct world *world = *state;
    const char *id = world_create(world, COPY("tagged"));

    assert_int_equal(tag(world, "PATCH", id, "Name", "one"), 204);
    assert_int_equal(world->response.body_length, 0);
    assert_int_equal(count_found(world, "/images?tags=Name%3Done"), 1);
    assert_int_equal(tag(world, "PATCH", id, "name", "another key"), 204);
    assert_int_equal(tag(world, "PATCH", id, "Name", "two"), 204);
    assert_int_equal(count_found(world, "/images?tags=Name=one"), 0);
    assert_int_equal(count_found(world, "/images?tags=Name=two"), 1);
    assert_int_equal(world_count(world, "items.0.tags"), 2);
    assert_int_equal(tag(world, "DELETE", id, "Name", "not this"), 204);
    assert_int_equal(count_found(world, "/images?tagKeys=Name"), 1);
    assert_int_equal(tag(world, "DELETE", id, "absent", ""), 204);
    assert_int_equal(tag(world, "DELETE", id, "Name", "two"), 204);
    assert_int_equal(count_found(world, "/images?tagKeys=Name"), 0);
    assert_int_equal(count_found(world, "/images?tagValues=another+key"), 1);
}

static void tags_go_on_many_resources_or_on_none(void **state)
{
    struct world *world = *state;
    const char *id = world_create(world, COPY("tagged"));
    char body[256];

    snprintf(body, sizeof body,
        "{\"resourceIds\":[\"%s\",\"i-b121616e\",\"snap-5ee113a6\"],"
        "\"tags\":[{\"key\":\"a\",\"value\":\"\"},{\"key\":\"b\",\"value\":\"=\"}]}",
        id);
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags", body), 204);
    assert_int_equal(count_found(world, "/tags?keys=a&keys=b"), 6);
    assert_int_equal(count_found(world, "/tags?keys=b&resourceTypes=snapshot"), 1);
    assert_string_equal(world_text(world, "items.0.resourceId"), "snap-5ee113a6");
    assert_string_equal(world_text(world, "items.0.value"), "=");
    snprintf(body, sizeof body,
        "{\"resourceIds\":[\"%s\",\"ami-00000000\"],\"tags\":[{\"key\":\"c\",\"value\":\"\"}]}",
        id);
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags", body), 404);
    assert_int_equal(count_found(world, "/tags?keys=c"), 0);
    assert_int_equal(tag(world, "PATCH", "ami-0b7df82c", "not", "mine"), 403);
}

static void tags_are_listed_by_resource(void **state)
{
    struct world *world = *state;

    assert_int_equal(tag(world, "PATCH", "snap-5ee113a6", "Name", "builder"), 204);
    assert_int_equal(count_found(world, "/tags"), 2);
    assert_int_equal(count_found(world, "/tags?resourceIds=i-b121616e&resourceIds=i-b121616e"), 1);
    assert_string_equal(world_header(world, "Cache-Control"), "public, max-age=300");
    assert_string_equal(world_text(world, "items.0.resourceType"), "vm");
    assert_string_equal(world_text(world, "items.0.key"), "Name");
    assert_int_equal(
        count_found(world, "/tags?resourceIds=i-b121616e&resourceIds=snap-5ee113a6"), 2);
    assert_int_equal(count_found(world, "/tags?resourceIds=i-b121616e&values=other"), 0);
    assert_int_equal(count_found(world, "/tags?values=builder&resourceIds=ami-00000000"), 0);
}

static void vms_are_found_by_date(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "POST", "/vms",
                         "{\"creationDate\":\"2026-08-10T08:00:00Z\",\"volumes\":2}"),
        201);
    assert_int_equal(
        count_found(world, "/vms?creationDates=2026-08-10T10:00:00%2B02:00&vmStateNames=running"),
        1);
    assert_int_equal(count_found(world, "/vms?creationDates=2026-08-10T08:00:01Z"), 0);
    assert_int_equal(
        count_found(world, "/vms?blockDeviceMappingLinkDates=2026-08-10T08:00:00Z"), 0);
    assert_int_equal(count_found(world, "/vms?blockDeviceMappingDeviceNames=/dev/sd%62"), 1);
    assert_null(world_look(world, "items.0.volumes"));
    assert_int_equal(world_count(world, "items.0.blockDeviceMappings"), 2);
}

static void what_is_wrong_with_tags_is_said_by_field(void **state)
{
#define ONE(tags) "{\"resourceIds\":[\"i-b121616e\"],\"tags\":" tags "}"
#define X31       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X32       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X128      X32 X32 X32 X32
    static const struct {
        const char *body;
        const char *field;
    } cases[] = {
        {"{}", "resourceIds"},
        {"{\"resourceIds\":[],\"tags\":[{\"key\":\"a\",\"value\":\"\"}]}", "resourceIds"},
        {"{\"resourceIds\":[1],\"tags\":[{\"key\":\"a\",\"value\":\"\"}]}", "resourceIds[0]"},
        {ONE("[]"), "tags"},
        {ONE("{}"), "tags"},
        {ONE("[{\"key\":\"a\"}]"), "tags[0].value"},
        {ONE("[{\"key\":\"\",\"value\":\"\"}]"), "tags[0].key"},
        {ONE("[{\"key\":\"" X128 "x\",\"value\":\"\"}]"), "tags[0].key"},
        {ONE("[{\"key\":\"a\",\"value\":\"" X128 X128 "\"}]"), "tags[0].value"},
        {ONE("[{\"key\":\"a\",\"value\":\"\\n\"}]"), "tags[0].value"},
        {ONE("[{\"key\":\"a\",\"value\":\"\",\"x\":1}]"), "tags[0].x"},
        {ONE("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"a\",\"value\":\"2\"}]"), "tags"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (world_ask(world, "PATCH", "/bulk/tags", cases[i].body) != 400 ||
            !world_violates(world, cases[i].field)) {
            fail_msg("%s: %d %s", cases[i].body, world->response.status, world->response.body);
        }
    }
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags",
                         ONE("[{\"key\":\"" X128 "\",\"value\":\"" X128 X32 X32 X32 X31 "\"}]")),
        204);
    // in characters, not in bytes
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags",
                         ONE("[{\"key\":\"" X128 "\",\"value\":\"é" X32 "\"}]")),
        204);
}

static void a_resource_has_fifty_tags_at_most(void **state)
{
    struct world *world = *state;
    const char *id = world_create(world, COPY("tagged"));
    char key[16];

    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_int_equal(tag(world, "PATCH", id, key, "v"), 204);
    }
    assert_int_equal(tag(world, "PATCH", id, "key50", "v"), 400);
    assert_true(world_violates(world, "tags"));
    assert_int_equal(tag(world, "PATCH", id, "key49", "w"), 204);
    assert_int_equal(tag(world, "DELETE", id, "key0", "v"), 204);
    assert_int_equal(tag(world, "PATCH", id, "key50", "v"), 204);
}

static void filters_are_alternatives_within_and_conditions_between(void **state)
{
    static const struct {
        const char *query;
        size_t found;
    } cases[] = {
        {"", 6},
        {"?ids=ami-0b7df82c", 1},
        {"?ids=ami-0b7df82c&ids=ami-0b7df82c", 1},
        {"?ids=ami-0b7df82c&ids=ami-51459d59&ids=ami-00000000", 2},
        {"?ids=ami-0b7df82c&imageNames=Debian-12-2026-08-10", 0},
        {"?imageNames=Debian-12-2026-08-10&imageNames=mine", 2},
        {"?imageNames=Debian-12-*", 0},
        {"?imageNames=debian-12-2026-08-10", 0},
        {"?isPublic=true&imageNames=mine", 0},
        {"?isPublic=false", 1},
        {"?states=available&states=pending", 6},
        {"?states=pending", 1},
        {"?productCodes=0001", 1},
        {"?productCodes=pty-ce73ebf1&productCodes=0001", 5},
        {"?architectures=x86_64&rootDeviceTypes=bsu&rootDeviceNames=/dev/sda1", 6},
        {"?blockDeviceMappingVolumeSizes=10&blockDeviceMappingVolumeTypes=standard", 6},
        {"?blockDeviceMappingVolumeSizes=11", 0},
        {"?blockDeviceMappingDeleteOnVmDeletion=true", 6},
        {"?blockDeviceMappingDeleteOnVmDeletion=false", 0},
        {"?blockDeviceMappingDeviceNames=/dev/sdb", 0},
        {"?descriptions=", 6},
        {"?tags=Name=mine&tags=Name=other", 1},
        {"?imageNames=mine&tags=Name=mine", 1},
        {"?imageNames=mine&tags=Nome=mine", 0},
        {"?imageNames=mine&tags=Name=mine2", 0},
        {"?imageNames=mine&tags=Name2=mine", 0},
        {"?tagKeys=Name&tagValues=mine&tags=Name=mine&isPublic=false", 1},
    };
    struct world *world = *state;
    const char *id = world_create(world, "{\"name\":\"mine\",\"vmId\":\"i-b121616e\"}");
    char operation[256];

    assert_int_equal(tag(world, "PATCH", id, "Name", "mine"), 204);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(operation, sizeof operation, "/images%s", cases[i].query);
        if (count_found(world, operation) != cases[i].found) {
            fail_msg("%s: %zu", operation, world_count(world, "items"));
        }
    }
}

static void lists_are_in_order_of_creation(void **state)
{
    struct world *world = *state;
    char first[32];

    snprintf(first, sizeof first, "%s", world_create(world, COPY("first")));
    world_create(world, COPY("second"));
    assert_int_equal(tag(world, "PATCH", world_text(world, "id"), "a", "b"), 204);
    assert_int_equal(tag(world, "PATCH", first, "a", "b"), 204);
    assert_int_equal(count_found(world, "/images?tags=a=b"), 2);
    assert_string_equal(world_text(world, "items.0.id"), first);
}

static void what_is_wrong_with_a_query_is_said(void **state)
{
    static const char *const wrong[][2] = {
        {"/images?id=ami-0b7df82c", "id"},
        {"/images?name=x", "name"},
        {"/images?imageType=official", "imageType"},
        {"/images?isPublic=yes", "isPublic"},
        {"/images?isPublic=true&isPublic=false", "isPublic"},
        {"/images?tags=Name", "tags"},
        {"/images?blockDeviceMappingVolumeSizes=ten", "blockDeviceMappingVolumeSizes"},
        {"/snapshots?fromCreationDate=yesterday", "fromCreationDate"},
        {"/snapshots?toCreationDate=2026-11-25&toCreationDate=2026-11-25", "toCreationDate"},
        {"/snapshots?progresses=", "progresses"},
        {"/vms?images=x", "images"},
        {"/tags?ids=x", "ids"},
        {"/images/ami-0b7df82c?ids=x", "ids"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(world_ask(world, "GET", wrong[i][0], NULL), 400);
        assert_true(world_violates(world, wrong[i][1]));
    }
    assert_int_equal(world_ask(world, "GET", "/images?hypervisors=xen", NULL), 501);
}

static void snapshots_are_made_of_volumes_and_of_snapshots(void **state)
{
    struct world *world = *state;
    char volume[32], body[256], path[64];

    assert_int_equal(count_found(world, "/vms?ids=i-b121616e&tags=Name=builder"), 1);
    snprintf(volume, sizeof volume, "%s",
        world_text(world, "items.0.blockDeviceMappings.0.bsu.volumeId"));
    snprintf(body, sizeof body,
        "{\"description\":\"d\",\"sourceRegionName\":\"\",\"sourceSnapshotId\":\"\",\"volumeId\":\"%s\"}",
        volume);
    assert_int_equal(world_ask(world, "POST", "/snapshots", body), 201);
    assert_string_equal(world_text(world, "state"), "in-queue");
    assert_string_equal(world_text(world, "creationDate"), "2026-11-25T10:00:00.000Z");
    snprintf(path, sizeof path, "/snapshots/%s", world_text(world, "id"));
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "completed");
    assert_int_equal(json_integer_value(world_look(world, "progress")), 100);
    assert_int_equal(world_ask(world, "POST", "/snapshots",
                         "{\"sourceSnapshotId\":\"snap-5ee113a6\","
                         "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}"),
        201);
    assert_string_equal(world_text(world, "state"), "completed");
    assert_null(world_look(world, "volumeId"));
    assert_int_equal(json_integer_value(world_look(world, "volumeSize")), 11);
    assert_int_equal(count_found(world, "/snapshots?volumeSizes=11"), 2);
    assert_int_equal(count_found(world, "/snapshots?fromCreationDate=2026-11-25T10:00:00Z"
                                        "&toCreationDate=2026-11-25T11:00:00%2B01:00"),
        3);
    assert_int_equal(count_found(world, "/snapshots?toCreationDate=2026-11-25"), 0);
}

static void what_is_wrong_with_a_snapshot_is_said(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_ask(world, "POST", "/snapshots", "{}"), 400);
    assert_true(world_violates(world, ""));
    assert_int_equal(
        world_ask(world, "POST", "/snapshots", "{\"sourceSnapshotId\":\"snap-5ee113a6\"}"), 400);
    assert_true(world_violates(world, "sourceRegionName"));
    assert_int_equal(
        world_ask(world, "POST", "/snapshots", "{\"volumeId\":\"vol-00000000\"}"), 400);
    assert_string_equal(world_text(world, "title"), "InvalidResource");
    assert_int_equal(world_ask(world, "POST", "/snapshots",
                         "{\"volumeId\":\"vol-00000000\",\"sourceRegionName\":\"x\"}"),
        400);
    assert_true(world_violates(world, "sourceRegionName"));
    assert_int_equal(world_ask(world, "POST", "/snapshots",
                         "{\"sourceSnapshotId\":\"snap-00000000\","
                         "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}"),
        400);
    assert_string_equal(world_text(world, "title"), "InvalidResource");
}

static void a_snapshot_must_be_completed_to_be_used(void **state)
{
    struct world *world = *state;
    const char *const uses[][2] = {
        {"/snapshots", "{\"sourceSnapshotId\":\"snap-00000001\","
                       "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}"},
        {"/images", "{\"name\":\"abc\",\"blockDeviceMappings\":[{\"deviceName\":\"/dev/sda1\","
                    "\"bsu\":{\"snapshotId\":\"snap-00000001\"}}]}"},
    };

    assert_int_equal(world_admin(world, "POST", "/snapshots",
                         "{\"id\":\"snap-00000001\",\"state\":\"pending\",\"progress\":40}"),
        201);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(world_ask(world, "POST", uses[i][0], uses[i][1]), 409);
        assert_string_equal(world_text(world, "title"), "InvalidSnapshotState");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tags_are_set_replaced_and_removed),
        TEST(tags_go_on_many_resources_or_on_none),
        TEST(tags_are_listed_by_resource),
        TEST(vms_are_found_by_date),
        TEST(what_is_wrong_with_tags_is_said_by_field),
        TEST(a_resource_has_fifty_tags_at_most),
        TEST(filters_are_alternatives_within_and_conditions_between),
        TEST(lists_are_in_order_of_creation),
        TEST(what_is_wrong_with_a_query_is_said),
        TEST(snapshots_are_made_of_volumes_and_of_snapshots),
        TEST(what_is_wrong_with_a_snapshot_is_said),
        TEST(a_snapshot_must_be_completed_to_be_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
