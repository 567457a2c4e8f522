// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images: what the API answers, and what it refuses, as recorded and documented.

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
#define REGISTER(mapping)                                                                          \
    "{\"name\":\"registered\",\"rootDeviceName\":\"/dev/sda1\",\"blockDeviceMappings\":[" mapping  \
    "]}"

static void a_copy_is_available_at_once_and_inherits(void **state)
{
    struct world *world = *state;

    world_create(world,
        "{\"blockDeviceMappings\":[],\"name\":\"copied\",\"productCodes\":[],"
        "\"sourceImageId\":\"ami-0b7df82c\",\"sourceRegionName\":\"cloudgouv-eu-west-1\"}");
    assert_string_equal(world_text(world, "state"), "available");
    assert_string_equal(world_text(world, "name"), "copied");
    assert_true(json_is_true(world_look(world, "access.isPublic")));
    assert_string_equal(world_text(world, "architecture"), "x86_64");
    assert_string_equal(world_text(world, "productCodes.0"), "pty-ce73ebf1");
    assert_string_equal(world_text(world, "productCodes.1"), "0001");
    assert_int_equal(world_count(world, "productCodes"), 2);
    assert_string_equal(world_text(world, "type"), "machine");
    assert_string_equal(world_text(world, "rootDeviceType"), "bsu");
    assert_true(json_is_string(world_look(world, "description")));
    assert_int_equal(json_object_size(world_look(world, "stateComment")), 0);
    assert_true(json_is_array(world_look(world, "tags")));
    assert_memory_equal(world_text(world, "creationDate"), "2026-11-25T10:00:00.00", 22);
    assert_int_equal(strlen(world_text(world, "creationDate")), 27);
    assert_string_equal(world_header(world, "Cache-Control"), "public, max-age=300");
    assert_string_equal(world_header(world, "Content-Type"), "application/json; charset=utf-8");
}

static void a_copy_has_a_snapshot_of_its_own(void **state)
{
    struct world *world = *state;
    char first[32], path[64];

    world_create(world, COPY("first"));
    snprintf(first, sizeof first, "%s", world_text(world, "blockDeviceMappings.0.bsu.snapshotId"));
    world_create(world, COPY("second"));
    assert_string_not_equal(world_text(world, "blockDeviceMappings.0.bsu.snapshotId"), first);
    snprintf(path, sizeof path, "/snapshots/%s", first);
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "completed");
}

static void an_image_of_a_vm_is_pending_for_a_while(void **state)
{
    struct world *world = *state;
    char path[64];

    snprintf(path, sizeof path, "/images/%s",
        world_create(world, "{\"name\":\"from-vm\",\"vmId\":\"i-b121616e\"}"));
    assert_string_equal(world_text(world, "state"), "pending");
    assert_true(json_is_false(world_look(world, "access.isPublic")));
    assert_string_equal(world_text(world, "productCodes.0"), "0001");
    world->now_ms += 3999;
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "pending");
    world->now_ms += 1;
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "available");
}

static void an_image_of_a_vm_has_a_snapshot_of_each_volume(void **state)
{
    struct world *world = *state;

    assert_int_equal(
        world_admin(world, "POST", "/vms", "{\"id\":\"i-00000001\",\"volumes\":3}"), 201);
    world_create(world, "{\"name\":\"from-vm\",\"vmId\":\"i-00000001\"}");
    assert_int_equal(world_count(world, "blockDeviceMappings"), 3);
    assert_string_equal(world_text(world, "blockDeviceMappings.0.deviceName"), "/dev/sda1");
    assert_string_equal(world_text(world, "blockDeviceMappings.1.deviceName"), "/dev/sdb");
    assert_string_equal(world_text(world, "blockDeviceMappings.2.deviceName"), "/dev/sdc");
    assert_int_equal(world_ask(world, "GET", "/snapshots?states=pending", NULL), 200);
    assert_int_equal(world_count(world, "items"), 3);
    world->now_ms += 4000;
    assert_int_equal(world_ask(world, "GET", "/snapshots?states=completed", NULL), 200);
    assert_int_equal(world_count(world, "items"), 4); // and the scenario's
}

static void a_registered_image_gets_the_server_s_defaults(void **state)
{
    struct world *world = *state;

    world_create(world,
        REGISTER("{\"deviceName\":\"/dev/sda1\",\"bsu\":{\"snapshotId\":\"snap-5ee113a6\"}}"));
    assert_string_equal(world_text(world, "state"), "available");
    assert_string_equal(world_text(world, "architecture"), "i386");
    assert_string_equal(world_text(world, "blockDeviceMappings.0.bsu.volumeType"), "standard");
    assert_int_equal(
        json_integer_value(world_look(world, "blockDeviceMappings.0.bsu.volumeSize")), 11);
    assert_true(json_is_true(world_look(world, "blockDeviceMappings.0.bsu.deleteOnVmDeletion")));
    assert_string_equal(world_text(world, "blockDeviceMappings.0.bsu.snapshotId"), "snap-5ee113a6");
}

#define ROOT(rest)                                                                                 \
    "{\"deviceName\":\"/dev/sda1\",\"bsu\":{\"snapshotId\":\"snap-5ee113a6\"" rest "}}"

static void what_is_wrong_with_a_creation_is_said_by_field(void **state)
{
    static const struct {
        const char *body;
        const char *field;
    } cases[] = {
        {"", ""},
        {"[]", ""},
        {"{\"name\":\"a\",\"name\":\"b\"}", ""},
        {"{\"name\":\"nothing\"}", ""},
        {"{\"name\":\"two\",\"vmId\":\"i-b121616e\",\"sourceImageId\":\"ami-0b7df82c\"}", ""},
        {"{\"name\":\"ab\",\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"name\":\"a_b\\u00e9\",\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"name\":\"a*b\",\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"name\":3,\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"name\":null,\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"vmId\":\"i-b121616e\"}", "name"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"tags\":[]}", "tags"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"access\":{}}", "access"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"noReboot\":\"true\"}", "noReboot"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"productCodes\":[1]}", "productCodes[0]"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
            "sourceRegionName"},
        {"{\"name\":\"abc\",\"vmId\":\"i-b121616e\",\"architecture\":\"x86_64\"}", "architecture"},
        {"{\"name\":\"abc\",\"sourceImageId\":\"ami-0b7df82c\"}", "sourceRegionName"},
        {"{\"name\":\"abc\",\"sourceImageId\":\"ami-0b7df82c\",\"sourceRegionName\":\"eu-west-2\"}",
            "sourceRegionName"},
        {"{\"name\":\"abc\",\"sourceImageId\":\"ami-0b7df82c\",\"noReboot\":true,"
         "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
            "noReboot"},
        {"{\"name\":\"abc\",\"blockDeviceMappings\":{}}", "blockDeviceMappings"},
        {"{\"name\":\"abc\",\"architecture\":\"arm64\",\"blockDeviceMappings\":[" ROOT("") "]}",
            "architecture"},
        {"{\"name\":\"abc\",\"rootDeviceName\":\"/dev/sdb\",\"blockDeviceMappings\":[" ROOT(
             "") "]}",
            "blockDeviceMappings"},
        {"{\"name\":\"abc\",\"rootDeviceName\":\"sda1\",\"blockDeviceMappings\":[" ROOT("") "]}",
            "rootDeviceName"},
        {REGISTER(ROOT("") "," ROOT("")), "blockDeviceMappings[1]"},
        {REGISTER(ROOT(",\"volumeSize\":10")), "blockDeviceMappings[0]"},
        {REGISTER(ROOT(",\"volumeSize\":\"20\"")), "blockDeviceMappings[0].bsu.volumeSize"},
        {REGISTER(ROOT(",\"volumeSize\":0")), "blockDeviceMappings[0].bsu.volumeSize"},
        {REGISTER(ROOT(",\"volumeType\":\"ssd\"")), "blockDeviceMappings[0].bsu.volumeType"},
        {REGISTER(ROOT(",\"volumeType\":\"io1\"")), "blockDeviceMappings[0]"},
        {REGISTER(ROOT(",\"iops\":100")), "blockDeviceMappings[0]"},
        {REGISTER(ROOT(",\"volumeType\":\"io1\",\"iops\":13001")),
            "blockDeviceMappings[0].bsu.iops"},
        {REGISTER(ROOT(",\"volumeType\":\"io1\",\"iops\":3301")), "blockDeviceMappings[0]"},
        {REGISTER(ROOT(",\"volume_type\":\"io1\"")), "blockDeviceMappings[0].bsu.volume_type"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sdb\"}"), "blockDeviceMappings[1]"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sdb\",\"bsu\":{}}"), "blockDeviceMappings[1]"},
        {REGISTER(ROOT("") ",{\"bsu\":{\"volumeSize\":1}}"), "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sdb1\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sdb{\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/xvdaa\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1]"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sda\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/xvdabc\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings[1].deviceName"},
        {REGISTER(ROOT("") ",{\"deviceName\":\"/dev/sdb\",\"virtualDeviceName\":\"disk0\"}"),
            "blockDeviceMappings[1].virtualDeviceName"},
        {REGISTER("{\"deviceName\":\"/dev/sda1\",\"bsu\":{\"volumeSize\":1}}"),
            "blockDeviceMappings"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (world_ask(world, "POST", "/images", cases[i].body) != 400 ||
            !world_violates(world, cases[i].field)) {
            fail_msg("%s: %d %s", cases[i].body, world->response.status, world->response.body);
        }
        assert_string_equal(world_header(world, "Content-Type"), "application/problem+json");
        assert_string_equal(world_text(world, "instance"), WORLD_SPACE "/images");
    }
    assert_int_equal(world_ask(world, "GET", "/images?isPublic=false", NULL), 200);
    assert_int_equal(world_count(world, "items"), 0);
}

static void what_is_right_is_taken(void **state)
{
    static const char *const bodies[] = {
        REGISTER(ROOT(",\"volumeType\":\"io1\",\"iops\":3300")),
        "{\"name\":\"A-z 0_9 ()/.\",\"vmId\":\"i-b121616e\",\"noReboot\":true}",
        "{\"name\":\"xvd\",\"architecture\":\"x86_64\",\"blockDeviceMappings\":[" ROOT(
            "") ","
                "{\"deviceName\":\"/dev/xvdba\",\"bsu\":{\"volumeSize\":1,\"volumeType\":\"gp2\"}},"
                "{\"deviceName\":\"/dev/sdz\",\"virtualDeviceName\":\"ephemeral12\"}]}",
        "{\"name\":\"empty\",\"description\":\"\",\"sourceImageId\":\"\",\"sourceRegionName\":\"\","
        "\"vmId\":\"\",\"rootDeviceName\":\"\",\"architecture\":\"\",\"productCodes\":[],"
        "\"blockDeviceMappings\":[" ROOT("") "]}",
        "{\"sourceImageId\":\"ami-0b7df82c\",\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        world_create(*state, bodies[i]);
    }
    assert_string_equal(world_text(*state, "name"), "Debian-11-2024-10-01-copy1");
}

static void what_is_not_there_is_an_invalid_resource(void **state)
{
    static const char *const bodies[] = {
        "{\"name\":\"abc\",\"vmId\":\"i-00000000\"}",
        "{\"name\":\"abc\",\"vmId\":\"ami-0b7df82c\"}",
        "{\"name\":\"abc\",\"sourceImageId\":\"ami-00000000\","
        "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
        REGISTER("{\"deviceName\":\"/dev/sda1\",\"bsu\":{\"snapshotId\":\"snap-00000000\"}}"),
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(world_ask(world, "POST", "/images", bodies[i]), 400);
        assert_string_equal(world_text(world, "title"), "InvalidResource");
        assert_non_null(strstr(world_text(world, "detail"), "doesn't exist."));
    }
}

static void a_source_must_be_available(void **state)
{
    struct world *world = *state;
    const char *id = world_create(world, "{\"name\":\"from-vm\",\"vmId\":\"i-b121616e\"}");
    char body[160];

    snprintf(body, sizeof body,
        "{\"name\":\"copy\",\"sourceImageId\":\"%s\",\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
        id);
    assert_int_equal(world_ask(world, "POST", "/images", body), 409);
    assert_string_equal(world_text(world, "title"), "InvalidImageState");
    world->now_ms += 4000;
    assert_int_equal(world_ask(world, "POST", "/images", body), 201);
    assert_true(json_is_false(world_look(world, "access.isPublic")));
    assert_int_equal(world_count(world, "productCodes"), 1); // the server's is there already
}

static void a_name_is_the_account_s_once(void **state)
{
    struct world *world = *state;
    char path[64];

    snprintf(path, sizeof path, "/images/%s", world_create(world, COPY("unique")));
    assert_int_equal(world_ask(world, "POST", "/images", COPY("unique")), 409);
    assert_string_equal(world_text(world, "title"), "ResourceConflict");
    assert_string_equal(world_text(world, "detail"), "");
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 204);
    world_create(world, COPY("unique"));
    world_create(world, COPY("Debian-12-2026-08-10")); // another account's does not count
}

static void a_worse_server_takes_a_name_twice(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, "unique_names: false\n");
    world_create(&world, COPY("twice"));
    world_create(&world, COPY("twice"));
    assert_int_equal(world_ask(&world, "GET", "/images?imageNames=twice", NULL), 200);
    assert_int_equal(world_count(&world, "items"), 2);
    world_close(&world);
}

static void a_quota_bounds_the_account_s_images(void **state)
{
    struct world world;
    char path[64];

    (void)state;
    world_open(&world, "limits: {images: 2}\n");
    world_create(&world, COPY("one"));
    snprintf(path, sizeof path, "/images/%s", world_create(&world, COPY("two")));
    assert_int_equal(world_ask(&world, "POST", "/images", COPY("three")), 409);
    assert_string_equal(world_text(&world, "title"), "QuotaExceeded");
    assert_int_equal(world_ask(&world, "DELETE", path, NULL), 204);
    world_create(&world, COPY("three"));
    world_close(&world);
}

static void access_is_added_and_removed(void **state)
{
    static const char *const wrong[][2] = {
        {"{}", "accessCreation"},
        {"{\"accessCreation\":{}}", "accessCreation"},
        {"{\"accessCreation\":{\"additions\":{}}}", "accessCreation.additions.isPublic"},
        {"{\"accessCreation\":{\"additions\":{\"isPublic\":false}}}",
            "accessCreation.additions.isPublic"},
        {"{\"accessCreation\":{\"removals\":{\"isPublic\":false}}}",
            "accessCreation.removals.isPublic"},
        {"{\"accessCreation\":{\"additions\":{\"isPublic\":true},"
         "\"removals\":{\"isPublic\":true}}}",
            "accessCreation"},
        {"{\"accessCreation\":{\"isPublic\":true}}", "accessCreation.isPublic"},
        {"{\"access\":{\"isPublic\":true}}", "access"},
    };
    struct world *world = *state;
    char path[64];

    snprintf(path, sizeof path, "/images/%s",
        world_create(world, "{\"name\":\"from-vm\",\"vmId\":\"i-b121616e\"}"));
    assert_int_equal(
        world_ask(world, "PUT", path, "{\"accessCreation\":{\"additions\":{\"isPublic\":true}}}"),
        200);
    assert_true(json_is_true(world_look(world, "access.isPublic")));
    assert_string_equal(world_text(world, "state"), "pending");
    assert_int_equal(
        world_ask(world, "PUT", path, "{\"accessCreation\":{\"removals\":{\"isPublic\":true}}}"),
        200);
    assert_true(json_is_false(world_look(world, "access.isPublic")));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(world_ask(world, "PUT", path, wrong[i][0]), 400);
        assert_true(world_violates(world, wrong[i][1]));
    }
    assert_int_equal(world_ask(world, "PUT", "/images/ami-0b7df82c",
                         "{\"accessCreation\":{\"removals\":{\"isPublic\":true}}}"),
        403);
}

static void deleting_leaves_the_snapshots(void **state)
{
    struct world *world = *state;
    char path[64], snapshot[64];

    snprintf(path, sizeof path, "/images/%s", world_create(world, COPY("gone")));
    snprintf(snapshot, sizeof snapshot, "/snapshots/%s",
        world_text(world, "blockDeviceMappings.0.bsu.snapshotId"));
    assert_int_equal(world_ask(world, "DELETE", snapshot, NULL), 409);
    assert_string_equal(world_text(world, "title"), "ResourceConflict");
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 204);
    assert_int_equal(world->response.body_length, 0);
    assert_string_equal(world_header(world, "Content-Type"), "application/json; charset=utf-8");
    assert_int_equal(world_ask(world, "GET", path, NULL), 404);
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 404);
    assert_int_equal(world_ask(world, "GET", snapshot, NULL), 200);
    assert_int_equal(world_ask(world, "DELETE", snapshot, NULL), 204);
    assert_int_equal(world_ask(world, "GET", snapshot, NULL), 404);
}

static void a_pending_image_can_be_deleted(void **state)
{
    struct world *world = *state;
    char path[64];

    snprintf(path, sizeof path, "/images/%s",
        world_create(world, "{\"name\":\"from-vm\",\"vmId\":\"i-b121616e\"}"));
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 204);
    world->now_ms += 4000;
    assert_int_equal(world_ask(world, "GET", path, NULL), 404);
}

static void images_of_others_are_seen_when_public(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, "images:\n"
                       "- {id: ami-00000001, is_public: true}\n"
                       "- {id: ami-00000002, owned: false}\n"
                       "- {id: ami-00000003, is_public: true, owned: true}\n"
                       "- {id: ami-00000004}\n");
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200);
    assert_int_equal(world_count(&world, "items"), 3);
    assert_int_equal(world_ask(&world, "GET", "/images/ami-00000002", NULL), 404);
    assert_int_equal(world_ask(&world, "DELETE", "/images/ami-00000001", NULL), 403);
    assert_string_equal(world_text(&world, "title"), "forbidden");
    assert_int_equal(world_ask(&world, "DELETE", "/images/ami-00000002", NULL), 404);
    assert_int_equal(world_ask(&world, "DELETE", "/images/ami-00000003", NULL), 204);
    assert_int_equal(world_ask(&world, "DELETE", "/images/ami-00000004", NULL), 204);
    world_close(&world);
}

static void two_runs_of_a_seed_are_alike(void **state)
{
    struct world *world = *state;
    struct world other;
    const char *id = world_create(world, COPY("same"));

    world_open(&other, "");
    assert_string_equal(world_create(&other, COPY("same")), id);
    assert_string_equal(other.response.body, world->response.body);
    world_close(&other);
}

static void the_newest_of_an_instant_is_one(void **state)
{
    struct world *world = *state;
    char first[64];

    world_create(world, COPY("first"));
    snprintf(first, sizeof first, "%s", world_text(world, "creationDate"));
    world_create(world, COPY("second"));
    assert_true(strcmp(first, world_text(world, "creationDate")) < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_available_at_once_and_inherits),
        TEST(a_copy_has_a_snapshot_of_its_own),
        TEST(an_image_of_a_vm_is_pending_for_a_while),
        TEST(an_image_of_a_vm_has_a_snapshot_of_each_volume),
        TEST(a_registered_image_gets_the_server_s_defaults),
        TEST(what_is_wrong_with_a_creation_is_said_by_field),
        TEST(what_is_right_is_taken),
        TEST(what_is_not_there_is_an_invalid_resource),
        TEST(a_source_must_be_available),
        TEST(a_name_is_the_account_s_once),
        cmocka_unit_test(a_worse_server_takes_a_name_twice),
        cmocka_unit_test(a_quota_bounds_the_account_s_images),
        TEST(access_is_added_and_removed),
        TEST(deleting_leaves_the_snapshots),
        TEST(a_pending_image_can_be_deleted),
        cmocka_unit_test(images_of_others_are_seen_when_public),
        TEST(two_runs_of_a_seed_are_alike),
        TEST(the_newest_of_an_instant_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
