// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tests' cloud.

#include "config.h"

#include "test_sim_world.h"
#include "sim/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_MS INT64_C(1795600800000) // 2026-11-25T10:00:00Z

void world_open(struct world *world, const char *scenario)
{
    struct sim_scenario parsed;
    struct sim_error error = {""};

    *world = (struct world){.now_ms = START_MS};
    sim_response_init(&world->response);
    sim_scenario_init(&parsed);
    if (sim_scenario_read_text(&parsed, "scenario", scenario, &error) != 0) {
        fail_msg("%s", error.message);
    }
    world->service = sim_service_new(&parsed, 1, world->now_ms, &error);
    if (world->service == NULL) {
        fail_msg("%s", error.message);
    }
    sim_scenario_deinit(&parsed);
    assert_int_equal(world_login(world), 200);
}

void world_close(struct world *world)
{
    sim_response_deinit(&world->response);
    sim_service_free(world->service);
    json_decref(world->json);
    free(world->authorization);
}

int world_set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world_open(world, "");
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

void world_send(struct world *world, const struct sim_request *request)
{
    sim_response_clear(&world->response);
    sim_service_handle(world->service, request, world->now_ms, &world->response);
    json_decref(world->json);
    world->json = json_loadb(world->response.body != NULL ? world->response.body : "",
        world->response.body_length, JSON_REJECT_DUPLICATES, NULL);
}

static int ask(struct world *world, const char *method, char *target, const char *body)
{
    struct sim_request request = {
        .method = method,
        .target = target,
        .authorization = world->authorization,
        .content_type = "application/json",
        .body = body,
        .body_length = body != NULL ? strlen(body) : 0,
    };

    world_send(world, &request);
    free(target);
    return world->response.verdict == SIM_ANSWER || world->response.verdict == SIM_TRUNCATE
               ? world->response.status
               : 0;
}

int world_ask(struct world *world, const char *method, const char *operation, const char *body)
{
    return ask(world, method, sim_memory_format(WORLD_SPACE "%s", operation), body);
}

int world_admin(struct world *world, const char *method, const char *path, const char *body)
{
    return ask(world, method, sim_memory_format("/_sim%s", path), body);
}

int world_login(struct world *world)
{
    static const char form[] =
        "grant_type=client_credentials&client_id=demo&client_secret=demo-secret";
    struct sim_request request = {
        .method = "POST",
        .target = "/iam/token",
        .content_type = "application/x-www-form-urlencoded",
        .body = form,
        .body_length = strlen(form),
    };

    world_send(world, &request);
    if (world->response.status == 200) {
        free(world->authorization);
        world->authorization = sim_memory_format("Bearer %s", world_text(world, "access_token"));
    }
    return world->response.status;
}

const json_t *world_look(const struct world *world, const char *path)
{
    const json_t *node = world->json;

    while (node != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        char step[64];

        snprintf(step, sizeof step, "%.*s", (int)length, path);
        node = json_is_array(node) ? json_array_get(node, strtoul(step, NULL, 10))
                                   : json_object_get(node, step);
        path += length + (path[length] == '.');
    }
    return node;
}

const char *world_text(const struct world *world, const char *path)
{
    const char *text = json_string_value(world_look(world, path));

    return text != NULL ? text : "";
}

size_t world_count(const struct world *world, const char *path)
{
    return json_array_size(world_look(world, path));
}

const char *world_header(const struct world *world, const char *name)
{
    const char *value = json_string_value(json_object_get(world->response.headers, name));

    return value != NULL ? value : "";
}

const char *world_create(struct world *world, const char *body)
{
    static char ids[8][32];
    static size_t next;
    char *id = ids[next++ % 8];

    if (world_ask(world, "POST", "/images", body) != 201) {
        fail_msg("%s: %d %s", body, world->response.status, world->response.body);
    }
    snprintf(id, sizeof ids[0], "%s", world_text(world, "id"));
    return id;
}

bool world_violates(const struct world *world, const char *field)
{
    const json_t *violation;
    size_t i;

    json_array_foreach(world_look(world, "violations"), i, violation) {
        if (strcmp(json_string_value(json_object_get(violation, "field")), field) == 0) {
            return true;
        }
    }
    return false;
}
