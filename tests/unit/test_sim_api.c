// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who may ask, where, and how: tokens, paths, methods, bodies, limits.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/memory.h"
#include "test_sim_world.h"

static int open_default(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world_open(world, "token_lifetime: 60s\n");
    *state = world;
    return 0;
}

static int ask_token(
    struct world *world, const char *authorization, const char *type, const char *form)
{
    struct sim_request request = {.method = "POST",
        .target = "/iam/token",
        .authorization = authorization,
        .content_type = type,
        .body = form,
        .body_length = strlen(form)};

    world_send(world, &request);
    return world->response.status;
}

#define FORM  "application/x-www-form-urlencoded"
#define BASIC "Basic ZGVtbzpkZW1vLXNlY3JldA==" // demo:demo-secret
#define GRANT "grant_type=client_credentials"

static void tokens_are_given_to_who_is_known(void **state)
{
    static const struct {
        const char *authorization;
        const char *type;
        const char *form;
        int status;
        const char *error;
    } cases[] = {
        {NULL, FORM, GRANT "&client_id=demo&client_secret=demo-secret", 200, ""},
        {NULL, FORM "; charset=utf-8", GRANT "&client_id=demo&client_secret=demo%2dsecret", 200,
            ""},
        {BASIC, FORM, GRANT, 200, ""},
        {"basic ZGVtbzpkZW1vLXNlY3JldA", FORM, GRANT, 200, ""},
        {"Basic ZGVtbzpkZW1vJTJEc2VjcmV0", FORM, GRANT, 200, ""}, // demo:demo%2Dsecret
        {BASIC, FORM, GRANT "&client_id=demo&client_secret=demo-secret&scope=x", 200, ""},
        {BASIC, FORM, GRANT "&client_id=demo&client_secret=wrong", 401, "invalid_client"},
        {"Basic ZGVtbzp3cm9uZw==", FORM, GRANT "&client_id=demo&client_secret=demo-secret", 401,
            "invalid_client"},
        {"Basic !", FORM, GRANT, 401, "invalid_client"},
        {"Basic ZGVtbw==", FORM, GRANT, 401, "invalid_client"},
        {"Bearer x", FORM, GRANT, 401, "invalid_client"},
        {NULL, FORM, GRANT, 401, "invalid_client"},
        {BASIC, FORM, "", 400, "invalid_request"},
        {BASIC, FORM, "grant_type=password", 400, "unsupported_grant_type"},
        {BASIC, FORM, GRANT "&" GRANT, 400, "invalid_request"},
        {BASIC, FORM, GRANT "&client_id=%zz", 400, "invalid_request"},
        {BASIC, "application/json", GRANT, 400, "invalid_request"},
        {BASIC, NULL, GRANT, 400, "invalid_request"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (ask_token(world, cases[i].authorization, cases[i].type, cases[i].form) !=
                cases[i].status ||
            strcmp(world_text(world, "error"), cases[i].error) != 0) {
            fail_msg("case %zu: %d %s", i, world->response.status, world->response.body);
        }
    }
    assert_int_equal(world_login(world), 200);
    assert_int_equal(json_integer_value(world_look(world, "expires_in")), 60);
    assert_string_equal(world_header(world, "Cache-Control"), "no-store");
    assert_true(strlen(world_text(world, "access_token")) > 30);
    assert_string_equal(world_text(world, "token_type"), "bearer");
}

static void tokens_expire_and_are_revoked(void **state)
{
    struct world *world = *state;

    world->now_ms += 59999;
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    world->now_ms += 1;
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 401);
    assert_string_equal(world_header(world, "WWW-Authenticate"), "Bearer");
    assert_int_equal(world_login(world), 200);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    assert_int_equal(world_admin(world, "POST", "/tokens/revoke", NULL), 204);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 401);
}

static void a_changed_secret_counts_for_new_tokens(void **state)
{
    struct world *world = *state;

    assert_int_equal(world_admin(world, "PUT", "/credentials",
                         "{\"client_id\":\"demo\",\"client_secret\":\"new\"}"),
        204);
    assert_int_equal(world_ask(world, "GET", "/images", NULL), 200);
    assert_int_equal(world_login(world), 401);
    assert_int_equal(ask_token(world, NULL, FORM, GRANT "&client_id=demo&client_secret=new"), 200);
}

static void no_token_is_no_answer(void **state)
{
    static const char *const wrong[] = {NULL, "", "Bearer ", "Bearer x", "Basic x", BASIC};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sim_request request = {
            .method = "GET", .target = WORLD_SPACE "/images", .authorization = wrong[i]};

        world_send(world, &request);
        assert_int_equal(world->response.status, 401);
        assert_string_equal(world_header(world, "Content-Type"), "application/problem+json");
        assert_null(strstr(world->response.body, "ami-"));
    }
}

static void paths_and_methods_are_those_of_the_api(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        int status;
        const char *allowed;
    } cases[] = {
        {"GET", WORLD_SPACE "/images", 200, ""},
        {"GET", WORLD_SPACE "/im%61ges", 200, ""},
        {"GET", WORLD_SPACE "/images/", 404, ""},
        {"GET", WORLD_SPACE "/images/a/b", 404, ""},
        {"PATCH", WORLD_SPACE "/images/", 404, ""},
        {"PATCH", WORLD_SPACE "/images/a/b", 404, ""},
        {"GET", WORLD_SPACE "/images?ids=%0A", 200, ""},
        {"GET", WORLD_SPACE "/images?&ids=a&&", 200, ""},
        {"GET", WORLD_SPACE "/image", 404, ""},
        {"GET", WORLD_SPACE "/", 404, ""},
        {"GET", WORLD_SPACE, 404, ""},
        {"GET", "/compute/spaces/", 404, ""},
        {"GET", "/images", 404, ""},
        {"GET", "/", 404, ""},
        {"GET", "*", 404, ""},
        {"GET", "", 404, ""},
        {"GET", "/compute/spaces/11111111-2222-4333-8444-555555555556/images", 403, ""},
        {"PUT", WORLD_SPACE "/images", 405, "GET, POST"},
        {"HEAD", WORLD_SPACE "/images/ami-0b7df82c", 405, "GET, PUT, DELETE"},
        {"GET", WORLD_SPACE "/bulk/tags", 405, "PATCH, DELETE"},
        {"GET", "/iam/token", 405, "POST"},
        {"GET", WORLD_SPACE "/images?%zz", 400, ""},
        {"GET", WORLD_SPACE "/images?ids=%00", 400, ""},
        {"GET", WORLD_SPACE "/images?ids=%ff", 400, ""},
        {"GET", WORLD_SPACE "/images/%f", 400, ""},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_request request = {.method = cases[i].method,
            .target = cases[i].target,
            .authorization = world->authorization};

        world_send(world, &request);
        if (world->response.status != cases[i].status) {
            fail_msg("%s %s: %d", cases[i].method, cases[i].target, world->response.status);
        }
        assert_string_equal(world_header(world, "Allow"), cases[i].allowed);
    }
}

static void a_foreign_space_names_the_missing_permission(void **state)
{
    struct world *world = *state;
    struct sim_request request = {.method = "POST",
        .target = "/compute/spaces/11111111-2222-4333-8444-000000000000/images",
        .authorization = world->authorization};

    world_send(world, &request);
    assert_int_equal(world->response.status, 403);
    assert_non_null(strstr(world_text(world, "detail"), "(compute.image.create)"));
}

static void a_query_has_eight_kibibytes(void **state)
{
    struct world *world = *state;
    char *operation = sim_memory_new(9000);

    strcpy(operation, "/images?ids=");
    memset(operation + strlen(operation), 'a', 8192 - strlen("ids="));
    assert_int_equal(world_ask(world, "GET", operation, NULL), 200);
    strcat(operation, "a");
    assert_int_equal(world_ask(world, "GET", operation, NULL), 414);
    free(operation);
}

static void bodies_are_json(void **state)
{
    static const struct {
        const char *type;
        int status;
    } cases[] = {
        {"application/json", 400},
        {"Application/JSON; charset=utf-8", 400},
        {"application/jsonp", 415},
        {"text/plain", 415},
        {FORM, 415},
        {NULL, 415},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_request request = {.method = "POST",
            .target = WORLD_SPACE "/images",
            .authorization = world->authorization,
            .content_type = cases[i].type,
            .body = "{}",
            .body_length = 2};

        world_send(world, &request);
        assert_int_equal(world->response.status, cases[i].status);
    }
}

static void too_many_requests_are_told_to_wait(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, "limits: {rate: 3}\n");
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200); // the token was the first
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200);
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 429);
    assert_string_equal(world_header(&world, "Retry-After"), "1");
    assert_int_equal(world_admin(&world, "GET", "/cloud", NULL), 200);
    world.now_ms += 334;
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200);
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 429);
    world.now_ms += 900; // what is saved up is never more than a second's worth
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200);
    world.now_ms += 900;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_ask(&world, "GET", "/images", NULL), 200);
    }
    assert_int_equal(world_ask(&world, "GET", "/images", NULL), 429);
    world_close(&world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_default, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tokens_are_given_to_who_is_known),
        TEST(tokens_expire_and_are_revoked),
        TEST(a_changed_secret_counts_for_new_tokens),
        TEST(no_token_is_no_answer),
        TEST(paths_and_methods_are_those_of_the_api),
        TEST(a_foreign_space_names_the_missing_permission),
        TEST(a_query_has_eight_kibibytes),
        TEST(bodies_are_json),
        cmocka_unit_test(too_many_requests_are_told_to_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
