// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Faults: to which requests, how often, and what the client and the cloud see of them.

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

static int open_default(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world_open(world, "pending: {copy: 10s}\n");
    *state = world;
    return 0;
}

static void set_faults(struct world *world, const char *rules)
{
    if (world_admin(world, "PUT", "/faults", rules) != 200) {
        fail_msg("%s: %s", rules, world->response.body);
    }
}

static size_t count_named(struct world *world, const char *name)
{
    char operation[64];

    snprintf(operation, sizeof operation, "/images?imageNames=%s", name);
    assert_int_equal(world_ask(world, "GET", operation, NULL), 200);
    return world_count(world, "items");
}

static void a_status_is_answered_instead(void **state)
{
    struct world *world = *state;

    set_faults(world, "[{\"method\":\"POST\",\"path\":\"/images\",\"action\":{\"status\":503,"
                      "\"headers\":{\"Retry-After\":\"7\"},\"body\":\"<html>no</html>\"}},"
                      "{\"path\":\"/images\",\"action\":{\"status\":200,\"body\":{\"items\":[]}}},"
                      "{\"path\":\"/iam/token\",\"action\":{\"status\":500}}]");
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 503);
    assert_string_equal(world->response.body, "<html>no</html>");
    assert_string_equal(world_header(world, "Retry-After"), "7");
    assert_string_equal(world_header(world, "Content-Type"), "text/html");
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    assert_int_equal(world_count(world, "items"), 0);
    assert_int_equal(world_login(world), 500);
    assert_int_equal(world->response.body_length, 0);
    assert_int_equal(world_login(world), 200);
    assert_int_equal(count_named(world, "abc"), 0);
}

static void paths_are_matched_exactly_or_by_pattern(void **state)
{
    static const struct {
        const char *pattern;
        const char *target;
        bool matches;
    } cases[] = {
        {"/images", "/images", true},
        {"/images", "/images?ids=x", true},
        {"/images", "/images/ami-0b7df82c", false},
        {"/images/*", "/images/ami-0b7df82c", true},
        {"/images/*", "/images", false},
        {"/images/ami-0b*", "/images/ami-0b7df82c", true},
        {"/images/ami-1*", "/images/ami-0b7df82c", false},
        {"*", "/tags", true},
        {"/bulk/tags", "/tags", false},
    };
    struct world *world = *state;
    char rules[160];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(rules, sizeof rules, "[{\"path\":\"%s\",\"action\":{\"status\":599}}]",
            cases[i].pattern);
        set_faults(world, rules);
        if ((world_ask(world, "GET", cases[i].target, NULL) == 599) != cases[i].matches) {
            fail_msg("%s %s", cases[i].pattern, cases[i].target);
        }
    }
}

static void a_rule_is_skipped_applied_and_used_up(void **state)
{
    static const int wanted[] = {200, 200, 503, 503, 502, 200};
    struct world *world = *state;

    set_faults(world, "[{\"path\":\"/images\",\"after\":2,\"times\":2,\"action\":{\"status\":503}},"
                      "{\"method\":\"GET\",\"after\":2,\"action\":{\"status\":502}}]");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(world_ask(world, "GET", "/images", NULL), wanted[i]);
    }
    assert_int_equal(world_admin(world, "GET", "/faults", NULL), 200);
    assert_int_equal(json_integer_value(world_look(world, "items.0.matched")), 6);
    assert_int_equal(json_integer_value(world_look(world, "items.0.applied")), 2);
    assert_int_equal(json_integer_value(world_look(world, "items.1.applied")), 1);
    set_faults(world, "[{\"probability\":0,\"action\":{\"status\":502}},"
                      "{\"after\":0,\"probability\":1,\"times\":-1,\"action\":{\"status\":503}}]");
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(world_ask(world, "GET", "/images", NULL), 503);
    }
    set_faults(world, "[]");
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
}

static void chance_is_the_seed_s(void **state)
{
    static const char rules[] = "[{\"times\":-1,\"probability\":0.25,\"action\":{\"status\":503}}]";
    struct world *world = *state;
    struct world other;
    int failed = 0;

    world_open(&other, "");
    set_faults(world, rules);
    set_faults(&other, rules);
    for (int i = 0; i < 1000; i++) {
        int status = world_ask(world, "GET", "/images", NULL);

        failed += status == 503;
        assert_int_equal(world_ask(&other, "GET", "/images", NULL), status);
    }
    assert_in_range(failed, 200, 300);
    world_close(&other);
}

static void connections_are_closed_before_or_after(void **state)
{
    struct world *world = *state;

    set_faults(world, "[{\"method\":\"POST\",\"action\":\"close_before\"},"
                      "{\"method\":\"POST\",\"action\":\"close_after\"}]");
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 0);
    assert_int_equal(world->response.verdict, SIM_CLOSE_BEFORE);
    assert_int_equal(count_named(world, "abc"), 0);
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 0);
    assert_int_equal(world->response.verdict, SIM_CLOSE_AFTER);
    assert_int_equal(count_named(world, "abc"), 1);
}

static void answers_are_cut_lost_and_delayed(void **state)
{
    struct world *world = *state;

    set_faults(world, "[{\"method\":\"POST\",\"action\":\"truncate\"},"
                      "{\"method\":\"POST\",\"action\":\"apply_then_500\"},"
                      "{\"method\":\"DELETE\",\"action\":\"truncate\"},"
                      "{\"method\":\"GET\",\"action\":{\"delay\":\"5s\"}},"
                      "{\"method\":\"GET\",\"action\":{\"delay\":\"1s\",\"status\":502}},"
                      "{\"method\":\"GET\",\"action\":{\"delay\":\"1s\",\"close_before\":true}}]");
    assert_int_equal(world_ask(world, "POST", "/images", COPY("one")), 201);
    assert_int_equal(world->response.verdict, SIM_TRUNCATE);
    assert_int_equal(world_ask(world, "POST", "/images", COPY("two")), 500);
    assert_string_equal(world_header(world, "Content-Type"), "application/problem+json");
    assert_string_equal(world_header(world, "Cache-Control"), "");
    assert_int_equal(world_ask(world, "DELETE", "/bulk/tags",
                         "{\"resourceIds\":[\"i-b121616e\"],"
                         "\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}"),
        0); // nothing to cut
    assert_int_equal(world->response.verdict, SIM_CLOSE_AFTER);
    assert_int_equal(count_named(world, "two"), 1);
    assert_int_equal(world->response.delay_ms, 5000);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 502);
    assert_int_equal(world->response.delay_ms, 1000);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 0);
    assert_int_equal(world->response.delay_ms, 1000);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    assert_int_equal(world->response.delay_ms, 0);
}

static void stale_answers_show_what_was(void **state)
{
    struct world *world = *state;
    char path[64];

    snprintf(path, sizeof path, "/images/%s", world_create(world, COPY("abc")));
    world->now_ms += 60000;
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 204);
    world->now_ms += 10000;
    set_faults(world, "[{\"times\":2,\"action\":\"stale\"},"
                      "{\"action\":{\"stale\":\"65s\"}},"
                      "{\"times\":2,\"action\":{\"stale\":\"71s\"}}]");
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "available");
    assert_int_equal(count_named(world, "abc"), 1);
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "pending");
    assert_int_equal(world_ask(world, "GET", path, NULL), 404);
    assert_int_equal(count_named(world, "abc"), 0);
    assert_int_equal(world_ask(world, "GET", path, NULL), 404);
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 201);
}

static void a_hidden_image_is_there_but_not_shown(void **state)
{
    struct world *world = *state;
    char path[64], tags[128];
    const char *id;

    set_faults(world, "[{\"action\":{\"hidden\":\"30s\"}}]");
    id = world_create(world, COPY("abc"));
    snprintf(path, sizeof path, "/images/%s", id);
    snprintf(tags, sizeof tags,
        "{\"resourceIds\":[\"%s\"],\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}", id);
    assert_int_equal(world_ask(world, "GET", path, NULL), 404);
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 404);
    assert_int_equal(count_named(world, "abc"), 0);
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags", tags), 404);
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 409);
    assert_int_equal(world_admin(world, "GET", "/cloud", NULL), 200);
    assert_int_equal(world_count(world, "images"), 6);
    world->now_ms += 30000;
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "available");
    assert_int_equal(count_named(world, "abc"), 1);
    assert_int_equal(world_ask(world, "PATCH", "/bulk/tags", tags), 204);
}

static void a_late_request_is_done_after_its_504(void **state)
{
    struct world *world = *state;

    set_faults(world, "[{\"method\":\"POST\",\"action\":{\"late\":\"20s\"}}]");
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 504);
    world->now_ms += 19999;
    assert_int_equal(count_named(world, "abc"), 0);
    assert_int_equal(world_admin(world, "POST", "/time", "{\"advance\":\"1ms\"}"), 200);
    assert_int_equal(count_named(world, "abc"), 1);
    assert_memory_equal(world_text(world, "items.0.creationDate"), "2026-11-25T10:00:20.000", 23);
    world->now_ms += 10000;
    assert_int_equal(count_named(world, "abc"), 1);
    assert_string_equal(world_text(world, "items.0.state"), "available");
}

static void a_late_request_finds_the_cloud_of_its_time(void **state)
{
    struct world *world = *state;
    char body[128];

    snprintf(body, sizeof body,
        "{\"name\":\"def\",\"sourceImageId\":\"%s\","
        "\"sourceRegionName\":\"cloudgouv-eu-west-1\"}",
        world_create(world, COPY("abc")));
    set_faults(world, "[{\"method\":\"POST\",\"times\":2,\"action\":{\"late\":\"11s\"}}]");
    assert_int_equal(world_ask(world, "POST", "/images", body), 504); // its source is pending now
    assert_string_equal(world_header(world, "Content-Type"), "text/html");
    world->now_ms += 60000;
    assert_int_equal(count_named(world, "def"), 1);
    assert_memory_equal(world_text(world, "items.0.creationDate"), "2026-11-25T10:00:11.000", 23);
    assert_string_equal(world_text(world, "items.0.state"), "available");
}

static void a_late_request_that_may_not_is_refused_at_once(void **state)
{
    struct world *world = *state;

    set_faults(world, "[{\"method\":\"POST\",\"path\":\"/images\",\"action\":{\"late\":\"20s\"}}]");
    assert_int_equal(world_admin(world, "POST", "/tokens/revoke", NULL), 204);
    assert_int_equal(world_ask(world, "POST", "/images", COPY("abc")), 401);
    assert_int_equal(world_login(world), 200);
    world->now_ms += 20000;
    assert_int_equal(count_named(world, "abc"), 0);
}

static void an_image_fails_after_its_pending_time(void **state)
{
    struct world *world = *state;
    char path[64];

    set_faults(world, "[{\"action\":\"fail_image\"}]");
    snprintf(path, sizeof path, "/images/%s", world_create(world, COPY("abc")));
    assert_string_equal(world_text(world, "state"), "pending");
    world->now_ms += 10000;
    assert_int_equal(world_ask(world, "GET", path, NULL), 200);
    assert_string_equal(world_text(world, "state"), "failed");
    assert_string_not_equal(world_text(world, "stateComment.stateMessage"), "");
    assert_int_equal(world_ask(world, "GET", "/snapshots?states=error", NULL), 200);
    assert_int_equal(world_count(world, "items"), 1);
    assert_int_equal(world_ask(world, "DELETE", path, NULL), 204);
}

static void answers_are_patched(void **state)
{
    struct world *world = *state;

    set_faults(world,
        "[{\"path\":\"/iam/token\",\"action\":{\"patch\":{\"expires_in\":\"3600\"}}},"
        "{\"method\":\"GET\",\"action\":{\"patch\":{\"items\":null}}},"
        "{\"method\":\"GET\",\"action\":{\"patch\":{\"access\":{\"x\":1},\"state\":\"odd\"}}}]");
    assert_int_equal(world_login(world), 200);
    assert_string_equal(world_text(world, "expires_in"), "3600");
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    assert_string_equal(world->response.body, "{}");
    assert_int_equal(world_ask(world, "GET", "/images/ami-0b7df82c", NULL), 200);
    assert_string_equal(world_text(world, "state"), "odd");
    assert_true(json_is_true(world_look(world, "access.isPublic")));
    assert_int_equal(json_integer_value(world_look(world, "access.x")), 1);
}

static void rules_that_are_not_understood_change_nothing(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "[{}]",
        "[1]",
        "[{\"action\":\"explode\"}]",
        "[{\"action\":{}}]",
        "[{\"action\":3}]",
        "[{\"action\":\"stale\",\"path\":3}]",
        "[{\"action\":\"stale\",\"when\":3}]",
        "[{\"action\":\"stale\",\"times\":0}]",
        "[{\"action\":\"stale\",\"times\":-2}]",
        "[{\"action\":\"stale\",\"after\":-1}]",
        "[{\"action\":\"stale\",\"probability\":2}]",
        "[{\"action\":\"hidden\"}]",
        "[{\"action\":{\"hidden\":\"30\"}}]",
        "[{\"action\":{\"hidden\":30}}]",
        "[{\"action\":{\"stale\":\"10m\"}}]",
        "[{\"action\":{\"status\":99}}]",
        "[{\"action\":{\"status\":\"503\"}}]",
        "[{\"action\":{\"status\":503,\"headers\":[]}}]",
        "[{\"action\":{\"status\":503,\"headers\":{\"Retry-After\":5}}}]",
        "[{\"action\":{\"close_after\":true,\"truncate\":true}}]",
        "[{\"action\":{\"close_after\":false}}]",
        "[{\"action\":{\"delay\":\"1s\",\"body\":\"\"}}]",
        "[{\"action\":{\"patch\":[]}}]",
        "[{\"action\":\"stale\"},{\"action\":\"late\"}]",
    };
    struct world *world = *state;

    set_faults(world, "[{\"action\":{\"status\":503}}]");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (world_admin(world, "PUT", "/faults", wrong[i]) != 400) {
            fail_msg("%s", wrong[i]);
        }
        assert_string_not_equal(world_text(world, "error"), "");
    }
    assert_string_equal(world_text(world, "error"), "rule 1: late must be a duration like \"5s\"");
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 503);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_default, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_status_is_answered_instead),
        TEST(paths_are_matched_exactly_or_by_pattern),
        TEST(a_rule_is_skipped_applied_and_used_up),
        TEST(chance_is_the_seed_s),
        TEST(connections_are_closed_before_or_after),
        TEST(answers_are_cut_lost_and_delayed),
        TEST(stale_answers_show_what_was),
        TEST(a_hidden_image_is_there_but_not_shown),
        TEST(a_late_request_is_done_after_its_504),
        TEST(a_late_request_finds_the_cloud_of_its_time),
        TEST(a_late_request_that_may_not_is_refused_at_once),
        TEST(an_image_fails_after_its_pending_time),
        TEST(answers_are_patched),
        TEST(rules_that_are_not_understood_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
