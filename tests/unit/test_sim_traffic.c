// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The recorded traffic of the real server, asked again: the answers are alike.

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

// Ids and dates of an answer are the server's choice: what the recording calls by one id, the
// simulator calls by another. `names` maps the former to the latter.
struct replay {
    struct world world;
    json_t *names;
    int line;
};

static const char *const chosen_by_server[] = {"id", "creationDate", "snapshotId", "access_token"};

// The size of the volumes is not recorded, but for that of their snapshots.
static bool is_chosen(const json_t *object, const char *name)
{
    if (json_object_get(object, "progress") != NULL && strncmp(name, "volume", 6) == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof chosen_by_server / sizeof chosen_by_server[0]; i++) {
        if (strcmp(chosen_by_server[i], name) == 0) {
            return true;
        }
    }
    return false;
}

// Replaces every recorded id in a text by the simulator's.
static char *translate(const struct replay *replay, const char *text)
{
    char *result = sim_memory_text(text);
    const char *recorded;
    json_t *ours;

    json_object_foreach(replay->names, recorded, ours) {
        char *place;

        while ((place = strstr(result, recorded)) != NULL) {
            char *longer = sim_memory_format("%.*s%s%s", (int)(place - result), result,
                json_string_value(ours), place + strlen(recorded));

            free(result);
            result = longer;
        }
    }
    return result;
}

static void learn_name(struct replay *replay, const char *recorded, const char *ours)
{
    if (recorded != NULL && strchr(recorded, '-') != NULL) {
        json_object_set_new(replay->names, recorded, json_string(ours));
    }
}

static void compare(struct replay *replay, const json_t *recorded, const json_t *ours);

static void compare_objects(struct replay *replay, const json_t *recorded, const json_t *ours)
{
    const char *name;
    json_t *value;

    if (json_object_size(recorded) != json_object_size(ours)) {
        fail_msg("line %d: %s", replay->line, replay->world.response.body);
    }
    json_object_foreach((json_t *)recorded, name, value) {
        json_t *other = json_object_get(ours, name);

        if (other == NULL || json_typeof(other) != json_typeof(value)) {
            fail_msg("line %d: %s in %s", replay->line, name, replay->world.response.body);
        } else if (is_chosen(recorded, name)) {
            learn_name(replay, json_string_value(value), json_string_value(other));
        } else {
            compare(replay, value, other);
        }
    }
}

static void compare(struct replay *replay, const json_t *recorded, const json_t *ours)
{
    size_t i;
    json_t *value;

    if (json_is_object(recorded)) {
        compare_objects(replay, recorded, ours);
    } else if (json_is_array(recorded)) {
        assert_int_equal(json_array_size(recorded), json_array_size(ours));
        json_array_foreach(recorded, i, value) {
            compare(replay, value, json_array_get(ours, i));
        }
    } else if (!json_equal(recorded, ours)) {
        fail_msg("line %d: %s", replay->line, replay->world.response.body);
    }
}

// The recording waited until what was pending was no longer so: true when the simulator's clock had
// to follow, and the request, which can be repeated, should be.
static bool keep_pace(struct replay *replay, const json_t *request, const json_t *recorded)
{
    const char *method = json_string_value(json_object_get(request, "method"));
    const char *state = json_string_value(json_object_get(recorded, "state"));
    const char *ours = world_text(&replay->world, "state");

    if (state == NULL || strcmp(state, ours) == 0 || strcmp(method, "POST") == 0 ||
        (strcmp(ours, "pending") != 0 && strcmp(ours, "in-queue") != 0)) {
        return false;
    }
    replay->world.now_ms += 4000;
    return true;
}

static void ask_again(struct replay *replay, const json_t *request)
{
    const json_t *body = json_object_get(request, "body");
    char *encoded = body != NULL ? json_dumps(body, JSON_COMPACT) : sim_memory_text("");
    char *target = translate(replay, json_string_value(json_object_get(request, "path")));
    char *translated = translate(replay, encoded);
    struct sim_request again = {
        .method = json_string_value(json_object_get(request, "method")),
        .target = target,
        .authorization = replay->world.authorization,
        .content_type = "application/json",
        .body = translated,
        .body_length = strlen(translated),
    };

    world_send(&replay->world, &again);
    free(encoded);
    free(target);
    free(translated);
}

static void replay_exchange(struct replay *replay, const json_t *exchange)
{
    const json_t *request = json_object_get(exchange, "request");
    const json_t *response = json_object_get(exchange, "response");
    const json_t *body = json_object_get(response, "body");
    const char *header;
    json_t *value;

    if (strstr(json_string_value(json_object_get(request, "path")), "/iam/token") != NULL) {
        assert_int_equal(world_login(&replay->world), 200);
        return;
    }
    ask_again(replay, request);
    if (keep_pace(replay, request, body)) {
        ask_again(replay, request);
    }
    if (replay->world.response.status != json_integer_value(json_object_get(response, "status"))) {
        fail_msg("line %d: %d %s", replay->line, replay->world.response.status,
            replay->world.response.body);
    }
    json_object_foreach(json_object_get(response, "headers"), header, value) {
        assert_string_equal(world_header(&replay->world, header), json_string_value(value));
    }
    if (body != NULL) {
        compare(replay, body, replay->world.json);
    }
}

static void replay_file(struct replay *replay, const char *name)
{
    const char *shared = getenv("SHARED_DIR");
    char *path = sim_memory_format("%s/numspot/traffic/%s", shared != NULL ? shared : ".", name);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;

    if (file == NULL) {
        fail_msg("%s cannot be opened: point SHARED_DIR to the facts about the cloud", path);
    }
    for (replay->line = 1; getline(&line, &room, file) > 0; replay->line++) {
        json_t *exchange = json_loads(line, 0, NULL);

        assert_non_null(exchange);
        replay_exchange(replay, exchange);
        json_decref(exchange);
    }
    assert_true(replay->line > 40);
    free(line);
    fclose(file);
    free(path);
}

// The volumes of the recording, which it does not make, stand for those of the simulator's VMs.
static void open_replay(struct replay *replay, const char *scenario, const char *const volumes[2])
{
    world_open(&replay->world, scenario);
    replay->names = json_object();
    assert_int_equal(world_ask(&replay->world, "GET", "/vms", NULL), 200);
    for (size_t i = 0; i < 2; i++) {
        char path[64];

        snprintf(path, sizeof path, "items.%zu.blockDeviceMappings.0.bsu.volumeId", i);
        learn_name(replay, volumes[i], world_text(&replay->world, path));
    }
}

static void close_replay(struct replay *replay)
{
    world_close(&replay->world);
    json_decref(replay->names);
}

static void images_live_as_recorded(void **state)
{
    struct replay replay;

    (void)state;
    open_replay(&replay,
        "vms: [{id: i-b121616e}, {id: i-3eea00d3}, {id: i-8455095a}, {id: i-f2f6a5b3}]\n",
        (const char *const[]){"vol-69003c54", "vol-92eaa6d5"});
    replay_file(&replay, "image-lifecycle.jsonl");
    close_replay(&replay);
}

static void snapshots_live_as_recorded(void **state)
{
    struct replay replay;

    (void)state;
    open_replay(&replay, "pending: {snapshot: 4s}\n", (const char *const[]){"vol-9479fd4b", NULL});
    replay_file(&replay, "snapshot-lifecycle.jsonl");
    close_replay(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_live_as_recorded),
        cmocka_unit_test(snapshots_live_as_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
