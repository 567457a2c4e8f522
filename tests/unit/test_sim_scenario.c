// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Scenarios: what a file may say, and where it says what it may not.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"
#include "test_sim_world.h"

static void the_designs_example_is_read(void **state)
{
    static const char text[] =
        "credentials: {client_id: demo, client_secret: other}\n"
        "space_id: 11111111-2222-4333-8444-555555555556\n"
        "region: eu-west-2\n"
        "token_lifetime: 1h\n"
        "pending: {copy: 250ms, vm: 4s, snapshot: 2m}\n"
        "limits: {images: 3, rate: 7}    # 0: none\n"
        "unique_names: false\n"
        "images: [{id: ami-51459d59, name: Debian-12-2026-08-10, is_public: true,\n"
        "          creation_date: 2026-08-10T08:00:00Z, product_codes: [pty-ce73ebf1], tags: {}}]\n"
        "vms: [{id: i-b121616e, tags: {Name: builder, no: 0123}}]\n"
        "snapshots: [{id: snap-5ee113a6, volume_size: 11, tags: [{key: a, value: ~}]}]\n";
    struct sim_scenario scenario;
    struct sim_error error = {""};

    (void)state;
    sim_scenario_init(&scenario);
    assert_int_equal(sim_scenario_read_text(&scenario, "s.yaml", text, &error), 0);
    assert_string_equal(scenario.client_id, "demo");
    assert_string_equal(scenario.client_secret, "other");
    assert_string_equal(scenario.space_id, "11111111-2222-4333-8444-555555555556");
    assert_string_equal(scenario.cloud.region, "eu-west-2");
    assert_int_equal(scenario.token_lifetime_ms, 3600 * 1000);
    assert_int_equal(scenario.cloud.pending_copy_ms, 250);
    assert_int_equal(scenario.cloud.pending_vm_ms, 4000);
    assert_int_equal(scenario.cloud.pending_snapshot_ms, 120 * 1000);
    assert_int_equal(scenario.cloud.max_images, 3);
    assert_int_equal(scenario.rate, 7);
    assert_false(scenario.cloud.unique_names);
    assert_int_equal(json_array_size(scenario.resources[SIM_IMAGE]), 1);
    assert_int_equal(json_array_size(scenario.resources[SIM_SNAPSHOT]), 1);
    assert_int_equal(json_array_size(scenario.resources[SIM_VM]), 1);
    sim_scenario_deinit(&scenario);
}

static void what_is_left_out_stays(void **state)
{
    static const char *const texts[] = {"", "# nothing\n", "---\n", "{}\n", "vms: []\n"};
    struct sim_scenario scenario;
    struct sim_error error;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sim_scenario_init(&scenario);
        assert_int_equal(sim_scenario_read_text(&scenario, "s", texts[i], &error), i == 2 ? -1 : 0);
        assert_string_equal(scenario.client_secret, "demo-secret");
        assert_int_equal(scenario.cloud.pending_vm_ms, 4000);
        assert_true(scenario.cloud.unique_names);
        assert_int_equal(json_array_size(scenario.resources[SIM_IMAGE]), 5);
        assert_int_equal(json_array_size(scenario.resources[SIM_VM]), i != 4);
        sim_scenario_deinit(&scenario);
    }
}

static void errors_say_where(void **state)
{
    static const struct {
        const char *text;
        const char *where;
        const char *what;
    } cases[] = {
        {"colour: red\n", "s.yaml:1:1:", "colour is not known"},
        {"region: a\nregion: b\n", "s.yaml:2:1:", "twice"},
        {"pending: {vm: 4}\n", "s.yaml:1:15:", "duration"},
        {"pending: {vm: -4s}\n", "s.yaml:1:15:", "duration"},
        {"pending: 4s\n", "s.yaml:1:10:", "pending must be a mapping"},
        {"pending:\n  image: 4s\n", "s.yaml:2:3:", "image is not known"},
        {"unique_names: yes\n", "s.yaml:1:15:", "true or false, not 'yes'"},
        {"limits: {rate: ten}\n", "s.yaml:1:16:", "whole number, not 'ten'"},
        {"limits: {rate: -1}\n", "s.yaml:1:16:", "whole number"},
        {"limits: {rate: ''}\n", "s.yaml:1:16:", "whole number"},
        {"limits: {rate: 1000000000}\n", "s.yaml:1:16:", "whole number"},
        {"limits: {rate: [1]}\n", "s.yaml:1:16:", "whole number"},
        {"space_id: 11111111-2222-4333-8444-55555555555\n", "s.yaml:1:11:", "UUID"},
        {"space_id: 11111111-2222-4333-8444-5555555555555\n", "s.yaml:1:11:", "UUID"},
        {"space_id: 11111111-2222-4333-84444555555555555\n", "s.yaml:1:11:", "UUID"},
        {"region: [a]\n", "s.yaml:1:9:", "text"},
        {"images: [{name: {}}]\n", "s.yaml:1:17:", "name must be a text"},
        {"space_id: here\n", "s.yaml:1:11:", "UUID, not 'here'"},
        {"credentials: {client_id: ''}\n", "s.yaml:1:26:", "not empty"},
        {"images: {}\n", "s.yaml:1:9:", "images must be a list"},
        {"images:\n- id: ami-1\n  nam: x\n", "s.yaml:3:3:", "nam is not known"},
        {"images:\n- {creation_date: today}\n", "s.yaml:2:3:", "creationDate must be"},
        {"images:\n- {tags: {'': x}}\n", "s.yaml:2:3:", "key must be 1 to 128"},
        {"images: [{tags: {a: [b]}}]\n", "s.yaml:1:18:", "texts"},
        {"vms:\n- tags:\n    a: 1\n    b: 2\n    a: 3\n", "s.yaml:5:5:", "a stands here twice"},
        {"region: a\n---\nregion: b\n", "s.yaml:3:1:", "a second document"},
        {"region: a\n---\n- [\n", "s.yaml:", ""},
        {"vms: [{volumes: 0}]\n", "s.yaml:1:7:", "volumes must be at least 1"},
        {"? [a]\n: b\n", "s.yaml:1:3:", "a key is not known"},
        {"- a\n", "s.yaml:1:1:", "the scenario must be a mapping"},
        {"a: [\n", "s.yaml:2:1:", "did not find"},
        {"a: \"b\n", "s.yaml:2:1:", "unexpected end"},
        {"region: \xff\n", "s.yaml:", "UTF-8"},
    };
    struct sim_scenario scenario;
    struct sim_error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sim_scenario_init(&scenario);
        error = (struct sim_error){""};
        if (sim_scenario_read_text(&scenario, "s.yaml", cases[i].text, &error) != -1 ||
            strncmp(error.message, cases[i].where, strlen(cases[i].where)) != 0 ||
            strstr(error.message, cases[i].what) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.message);
        }
        sim_scenario_deinit(&scenario);
    }
}

static void a_missing_file_is_said(void **state)
{
    struct sim_scenario scenario;
    struct sim_error error;

    (void)state;
    sim_scenario_init(&scenario);
    assert_int_equal(sim_scenario_read(&scenario, "/nonexistent/s.yaml", &error), -1);
    assert_non_null(strstr(error.message, "/nonexistent/s.yaml: cannot be opened"));
    sim_scenario_deinit(&scenario);
}

static void resources_that_share_an_id_are_refused(void **state)
{
    struct sim_scenario scenario;
    struct sim_error error = {""};

    (void)state;
    sim_scenario_init(&scenario);
    assert_int_equal(
        sim_scenario_read_text(&scenario, "s", "images: [{id: ami-1}, {id: ami-1}]\n", &error), 0);
    assert_null(sim_service_new(&scenario, 1, 0, &error));
    assert_non_null(strstr(error.message, "ami-1 is taken"));
    sim_scenario_deinit(&scenario);
}

static void what_a_description_leaves_out_is_chosen(void **state)
{
    static const struct {
        const char *path;
        const char *properties[16];
    } cases[] = {
        {"/images/ami-1", {"access", "architecture", "blockDeviceMappings", "creationDate",
                              "description", "id", "name", "productCodes", "rootDeviceName",
                              "rootDeviceType", "state", "stateComment", "tags", "type"}},
        {"/snapshots/snap-1", {"access", "creationDate", "description", "id", "progress", "state",
                                  "tags", "volumeId", "volumeSize"}},
        {"/vms", {"items.0.architecture", "items.0.blockDeviceMappings", "items.0.creationDate",
                     "items.0.id", "items.0.productCodes", "items.0.rootDeviceName",
                     "items.0.rootDeviceType", "items.0.state", "items.0.tags", "items.0.type"}},
    };
    struct world world;

    (void)state;
    world_open(&world, "images: [{id: ami-1}]\nsnapshots: [{id: snap-1}]\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const json_t *document;
        size_t count = 0;

        assert_int_equal(world_ask(&world, "GET", cases[i].path, NULL), 200);
        for (; cases[i].properties[count] != NULL; count++) {
            if (world_look(&world, cases[i].properties[count]) == NULL) {
                fail_msg("%s: %s", cases[i].properties[count], world.response.body);
            }
        }
        document = i == 2 ? world_look(&world, "items.0") : world.json;
        assert_int_equal(json_object_size(document), count);
    }
    world_close(&world);
}

static void resources_are_as_described(void **state)
{
    struct world world;

    (void)state;
    world_open(&world,
        "images:\n"
        "- id: ami-00000001\n"
        "  name: mine\n"
        "  description: of mine\n"
        "  architecture: i386\n"
        "  state: failed\n"
        "  state_comment: {state_code: c, state_message: m}\n"
        "  creation_date: 2026-08-10T10:00:00+02:00\n"
        "  root_device_name: /dev/sda1\n"
        "  block_device_mappings:\n"
        "  - {device_name: /dev/sda1, bsu: {snapshot_id: snap-5ee113a6, volume_size: 12,\n"
        "     volume_type: io1, iops: 100, delete_on_vm_deletion: false}}\n"
        "- id: ami-00000002\n");
    assert_int_equal(world_ask(&world, "GET", "/images/ami-00000001", NULL), 200);
    assert_string_equal(world_text(&world, "creationDate"), "2026-08-10T08:00:00.000000Z");
    assert_string_equal(world_text(&world, "stateComment.stateMessage"), "m");
    assert_int_equal(json_integer_value(world_look(&world, "blockDeviceMappings.0.bsu.iops")), 100);
    assert_int_equal(world_ask(&world, "DELETE", "/snapshots/snap-5ee113a6", NULL), 409);
    assert_int_equal(world_ask(&world, "GET", "/images/ami-00000002", NULL), 200);
    assert_string_equal(world_text(&world, "name"), "ami-00000002");
    assert_int_equal(world_ask(&world, "GET", "/snapshots", NULL), 200);
    assert_int_equal(world_count(&world, "items"), 2); // the account's image has its snapshot
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_designs_example_is_read),
        cmocka_unit_test(what_is_left_out_stays),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(a_missing_file_is_said),
        cmocka_unit_test(resources_that_share_an_id_are_refused),
        cmocka_unit_test(what_a_description_leaves_out_is_chosen),
        cmocka_unit_test(resources_are_as_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
