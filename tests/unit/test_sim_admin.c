// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What stands under /_sim: the cloud as it is, the requests as they came, and the clock.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/journal.h"
#include "test_sim_world.h"

static void the_cloud_is_shown_whole(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "POST", "/images", "{\"owned\":false}"), 201);
    assert_int_equal(world_admin(world, "GET", "/cloud", NULL), 200);
    assert_int_equal(world_count(world, "images"), 6);
    assert_int_equal(world_count(world, "snapshots"), 1);
    assert_int_equal(world_count(world, "vms"), 1);
    assert_string_equal(world_text(world, "images.0.id"), "ami-0b7df82c");
    assert_null(world_look(world, "images.5.owned"));
}

static void images_are_put_in_changed_and_taken_away(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "POST", "/images",
                         "{\"id\":\"ami-00000001\",\"name\":\"by hand\",\"state\":\"pending\","
                         "\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}"),
        201);
    world->now_ms += 3600 * 1000 - 1;
    assert_int_equal(world_ask(world, "GET", "/images?tags=a=b&imageNames=by+hand", NULL), 200);
    assert_string_equal(world_text(world, "items.0.state"), "pending");
    assert_int_equal(world_admin(world, "POST", "/images/ami-00000001",
                         "{\"state\":\"deregistered\",\"stateComment\":{\"stateMessage\":\"m\"},"
                         "\"name\":\"other\",\"access\":{\"isPublic\":true},\"tags\":[]}"),
        200);
    assert_string_equal(world_text(world, "state"), "deregistered");
    assert_int_equal(world_ask(world, "GET", "/images?tags=a=b", NULL), 200);
    assert_int_equal(world_count(world, "items"), 0);
    assert_int_equal(world_ask(world, "GET", "/images?imageNames=other&isPublic=true", NULL), 200);
    assert_int_equal(world_count(world, "items"), 1);
    assert_int_equal(world_admin(world, "DELETE", "/images/ami-00000001", NULL), 204);
    assert_int_equal(world_ask(world, "GET", "/images/ami-00000001", NULL), 404);
    assert_int_equal(world_admin(world, "DELETE", "/images/ami-00000001", NULL), 404);
    assert_int_equal(world_admin(world, "POST", "/images/ami-00000001", "{}"), 404);
    assert_int_equal(world_admin(world, "POST", "/images", "{\"id\":\"ami-00000001\"}"), 201);
    assert_int_equal(world_ask(world, "GET", "/images/ami-00000001", NULL), 200);
}

static void snapshots_and_vms_are_changed_as_well(void **state)
{
    static const char *const paths[][2] = {
        {"/snapshots", "/snapshots/snap-5ee113a6"}, {"/vms", "/vms/i-b121616e"}};
    struct world *world = *state;

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(world_admin(world, "POST", paths[i][1], "{\"state\":\"odd\"}"), 200);
        assert_int_equal(world_ask(world, "GET", paths[i][0], NULL), 200);
        assert_string_equal(world_text(world, "items.0.state"), "odd");
        assert_int_equal(world_admin(world, "DELETE", paths[i][1], NULL), 204);
        assert_int_equal(world_ask(world, "GET", paths[i][0], NULL), 200);
        assert_int_equal(world_count(world, "items"), 0);
    }
    assert_int_equal(world_ask(world, "DELETE", "/snapshots/snap-5ee113a6", NULL), 404);
}

static void the_newest_requests_are_kept(void **state)
{
    static const char *const methods[] = {"GET", "PUT", "POST"};
    struct sim_journal *journal = sim_journal_new(2);
    json_t *document;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct sim_request request = {.method = methods[i], .target = "/"};

        sim_journal_answered(sim_journal_add(journal, &request, 0), 200);
    }
    document = sim_journal_document(journal);
    assert_int_equal(json_array_size(json_object_get(document, "items")), 2);
    assert_string_equal(json_string_value(json_object_get(
                            json_array_get(json_object_get(document, "items"), 0), "method")),
        "PUT");
    json_decref(document);
    sim_journal_free(journal);
}

static void an_id_is_free_for_another_kind_when_forgotten(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "DELETE", "/vms/i-b121616e", NULL), 204);
    assert_int_equal(world_admin(world, "POST", "/images", "{\"id\":\"i-b121616e\"}"), 409);
    assert_int_equal(world_admin(world, "POST", "/time", "{\"advance\":\"10m\"}"), 200);
    assert_int_equal(world_admin(world, "POST", "/images", "{\"id\":\"i-b121616e\"}"), 201);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *body;
        int status;
    } cases[] = {
        {"GET", "/", NULL, 404},
        {"GET", "/clouds", NULL, 404},
        {"PUT", "/cloud", NULL, 404},
        {"POST", "/images", "", 400},
        {"POST", "/images", "[]", 400},
        {"POST", "/images", "{\"colour\":\"red\"}", 400},
        {"POST", "/images", "{\"creationDate\":\"today\"}", 400},
        {"POST", "/images", "{\"id\":\"ami-0b7df82c\"}", 409},
        {"POST", "/images", "{\"id\":\"i-b121616e\"}", 409},
        {"POST", "/images/ami-0b7df82c", "{\"id\":\"ami-00000001\"}", 400},
        {"POST", "/images/ami-0b7df82c", "{\"tags\":{}}", 400},
        {"POST", "/images/i-b121616e", "{}", 404},
        {"POST", "/time", "{\"advance\":3}", 400},
        {"POST", "/time", "{\"advance\":\"3\"}", 400},
        {"POST", "/time", "{\"back\":\"3s\"}", 400},
        {"PUT", "/credentials", "{\"client_id\":\"demo\"}", 400},
        {"PUT", "/credentials", "{\"client_id\":\"demo\",\"client_secret\":1}", 400},
        {"PUT", "/credentials", "{\"client_id\":1,\"client_secret\":\"x\"}", 400},
        {"PUT", "/credentials", "{\"client_id\":\"a\",\"client_secret\":\"b\",\"c\":1}", 400},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int status = world_admin(world, cases[i].method, cases[i].path, cases[i].body);

        if (status != cases[i].status || world_text(world, "error")[0] == '\0') {
            fail_msg("%s %s %s: %d", cases[i].method, cases[i].path, cases[i].body, status);
        }
    }
}

static void requests_are_kept_in_order(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "DELETE", "/requests", NULL), 204);
    world->now_ms += 1500;
    world_ask(world, "GET", "/images?ids=a&ids=b%20c&isPublic=true", NULL);
    world_ask(world, "PATCH", "/bulk/tags", "{\"resourceIds\":[]}");
    world_ask(world, "PATCH", "/bulk/tags", "not json");
    world_ask(world, "GET", "/images?%zz", NULL);
    assert_int_equal(world_admin(world, "PUT", "/faults", "[{\"action\":\"close_after\"}]"), 200);
    world_ask(world, "DELETE", "/images/ami-0b7df82c", NULL);
    assert_int_equal(world_admin(world, "GET", "/requests", NULL), 200);
    assert_int_equal(world_count(world, "items"), 5);
    assert_string_equal(world_text(world, "items.0.method"), "GET");
    assert_string_equal(world_text(world, "items.0.path"), WORLD_SPACE "/images");
    assert_string_equal(world_text(world, "items.0.query.ids.1"), "b c");
    assert_string_equal(world_text(world, "items.0.query.isPublic.0"), "true");
    assert_true(json_is_null(world_look(world, "items.0.body")));
    assert_int_equal(json_integer_value(world_look(world, "items.0.status")), 200);
    assert_true(json_real_value(world_look(world, "items.0.time")) == 1795600801.5);
    assert_true(json_is_array(world_look(world, "items.1.body.resourceIds")));
    assert_int_equal(json_integer_value(world_look(world, "items.1.status")), 400);
    assert_string_equal(world_text(world, "items.2.body"), "not json");
    assert_string_equal(world_text(world, "items.3.query"), "%zz");
    assert_int_equal(json_integer_value(world_look(world, "items.4.status")), 0);
}

static void secrets_are_not_kept(void **state)
{
    static const char form[] =
        "grant_type=client_credentials&client_id=demo&client_secret=demo-secret&refresh_token=demo-s";
    struct world *world = *state;
    struct sim_request request = {.method = "POST",
        .target = "/iam/token?client_secret=demo-secret&x",
        .authorization = "Basic ZGVtbzpkZW1vLXNlY3JldA==",
        .content_type = "application/x-www-form-urlencoded",
        .body = form,
        .body_length = strlen(form)};

    world_send(world, &request);
    assert_int_equal(world_admin(world, "GET", "/requests", NULL), 200);
    assert_null(strstr(world->response.body, "demo-s"));
    assert_null(strstr(world->response.body, "ZGVtbzpkZW1vLXNlY3JldA"));
    assert_null(strstr(world->response.body, world->authorization + strlen("Bearer ")));
    assert_string_equal(world_text(world, "items.1.body"),
        "grant_type=client_credentials&client_id=demo&client_secret=***&refresh_token=***");
    assert_string_equal(world_text(world, "items.1.query.client_secret.0"), "***");
}

static void the_clock_is_moved_forward(void **state)
{
    struct world *world = *state;

    assert_int_equal(
        world_ask(world, "POST", "/images", "{\"name\":\"from-vm\",\"vmId\":\"i-b121616e\"}"), 201);
    assert_int_equal(world_admin(world, "POST", "/time", "{\"advance\":\"4s\"}"), 200);
    assert_true(json_real_value(world_look(world, "time")) == 1795600804.0);
    assert_int_equal(world_admin(world, "GET", "/time", NULL), 200);
    assert_true(json_real_value(world_look(world, "time")) == 1795600804.0);
    assert_int_equal(world_ask(world, "GET", "/images?imageNames=from-vm", NULL), 200);
    assert_string_equal(world_text(world, "items.0.state"), "available");
    world->now_ms -= 3600 * 1000; // a caller's clock that goes back does not take the cloud with it
    assert_int_equal(world_ask(world, "GET", "/images?imageNames=from-vm", NULL), 200);
    assert_string_equal(world_text(world, "items.0.state"), "available");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_cloud_is_shown_whole),
        TEST(images_are_put_in_changed_and_taken_away),
        TEST(snapshots_and_vms_are_changed_as_well),
        cmocka_unit_test(the_newest_requests_are_kept),
        TEST(an_id_is_free_for_another_kind_when_forgotten),
        TEST(what_is_wrong_is_said),
        TEST(requests_are_kept_in_order),
        TEST(secrets_are_not_kept),
        TEST(the_clock_is_moved_forward),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
