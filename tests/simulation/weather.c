// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/operators.h"
#include "simulation/weather.h"

struct weather *weather_new(struct world *world)
{
    static const unsigned degrees[] = {0, 10, 30, 60};
    struct weather *weather = memory_new(1, sizeof(*weather));
    weather->badness = degrees[world_below(world, 4)];
    weather->crashes = degrees[world_below(world, 3)];
    weather->consoles = degrees[world_below(world, 3)];
    return weather;
}

void weather_free(struct weather *weather)
{
    free(weather);
}

// ---- The cloud's faults

static const char *const rules[] = {
    "{\"action\": \"close_before\"}",
    "{\"action\": \"close_after\"}",
    "{\"action\": \"apply_then_500\"}",
    "{\"action\": \"truncate\"}",
    "{\"action\": {\"status\": 503}}",
    "{\"action\": {\"status\": 503, \"headers\": {\"Retry-After\": \"20\"}}}",
    "{\"action\": {\"status\": 429, \"headers\": {\"Retry-After\": \"5\"}}}",
    "{\"action\": {\"status\": 429, \"headers\": {\"Retry-After\": \"90\"}}}",
    "{\"action\": {\"status\": 502, \"body\": \"<html>bad gateway</html>\"}}",
    "{\"action\": {\"status\": 404, \"body\": \"<html>no route</html>\"}}",
    "{\"action\": {\"late\": \"30s\"}}",
    "{\"action\": {\"hidden\": \"20s\"}}",
    "{\"action\": {\"stale\": \"20s\"}}",
    "{\"action\": {\"delay\": \"90s\"}}",
    "{\"action\": {\"delay\": \"9s\"}}",
    "{\"action\": \"fail_image\"}",
    "{\"method\": \"PATCH\", \"action\": {\"status\": 403}}",
    "{\"method\": \"POST\", \"action\": {\"status\": 409}}",
    "{\"method\": \"DELETE\", \"action\": {\"status\": 409}}",
    "{\"method\": \"PUT\", \"action\": {\"status\": 424}}",
    "{\"method\": \"POST\", \"action\": {\"status\": 400}}",
    ("{\"method\": \"GET\", \"path\": \"/images\","
     " \"action\": {\"status\": 200, \"body\": {\"items\": []}}}"),
    "{\"method\": \"GET\", \"path\": \"/images\", \"action\": {\"status\": 200, \"body\": {}}}",
    "{\"path\": \"/iam/token\", \"action\": {\"status\": 401}}",
};

static void set_rules(struct world *world)
{
    struct text text = {0};
    int count = (int)world_between(world, 1, 3);
    text_append(&text, "[");
    for (int i = 0; i < count; i++) {
        const char *rule = rules[world_below(world, sizeof(rules) / sizeof(rules[0]))];
        static const char *const probabilities[] = {"0.1", "0.3", "0.7", "1.0"};
        text_format(&text, "%s{\"times\": -1, \"probability\": %s, %s", i == 0 ? "" : ", ",
            probabilities[world_below(world, 4)], rule + 1);
    }
    text_append(&text, "]");
    world_trace(world, "weather: the cloud %s", text_string(&text));
    free(network_admin(world, "PUT", "/_sim/faults", text_string(&text)));
    text_deinit(&text);
}

static void set_network(struct world *world)
{
    struct network_faults *faults = &world->network->faults;
    unsigned *each[] = {
        &faults->unreachable, &faults->lost_before, &faults->lost_after, &faults->slow};
    *each[world_below(world, 4)] = (unsigned)world_between(world, 5, 60);
    world_trace(world, "weather: the network, unreachable %u, lost before %u, after %u, slow %u",
        faults->unreachable, faults->lost_before, faults->lost_after, faults->slow);
}

static void set_disk(struct world *world)
{
    struct durable *durable = world->durable;
    durable->full = world_chance(world, 20);
    durable->crash_before = world_chance(world, 50) ? 30 : 0;
    durable->crash_after = world_chance(world, 50) ? 30 : 0;
    world_trace(world, "weather: the disk%s, crashes before %u, after %u of 1000 commits",
        durable->full ? " is full" : "", durable->crash_before, durable->crash_after);
}

static void set_clock(struct world *world)
{
    static const int64_t jumps[] = {-HOUR, 24 * HOUR, -24 * HOUR, 7 * MINUTE};
    world->daemon->wall_offset_ms += jumps[world_below(world, 4)];
    world_trace(world, "weather: the daemon's clock is %lld s off",
        (long long)world->daemon->wall_offset_ms / SECOND);
}

static void revoke(struct world *world)
{
    world_trace(world, "weather: all tokens are revoked");
    free(network_admin(world, "POST", "/_sim/tokens/revoke", NULL));
}

static void clear(struct world *world)
{
    struct durable *durable = world->durable;
    world->network->faults = (struct network_faults){0};
    durable->full = false;
    durable->crash_before = 0;
    durable->crash_after = 0;
    free(network_admin(world, "PUT", "/_sim/faults", "[]"));
}

// ---- Console users

static json_t *cloud_images(struct world *world)
{
    char *text = network_admin(world, "GET", "/_sim/cloud", NULL);
    json_t *cloud = json_loads(text, 0, NULL);
    json_t *images = json_incref(json_object_get(cloud, "images"));
    json_decref(cloud);
    free(text);
    return images;
}

static void delete_image(struct world *world, const char *id)
{
    char *target = memory_format("/_sim/images/%s", id);
    free(network_admin(world, "DELETE", target, NULL));
    free(target);
}

static void patch_image(struct world *world, const char *id)
{
    static const char *const patches[] = {
        "{\"tags\": []}",
        "{\"tags\": [{\"key\": \"Name\", \"value\": \"theirs\"}]}",
        "{\"access\": {\"isPublic\": true}}",
        "{\"access\": {\"isPublic\": false}}",
    };
    char *target = memory_format("/_sim/images/%s", id);
    const char *patch = patches[world_below(world, 4)];
    world_trace(world, "a console user changes %s: %s", id, patch);
    free(network_admin(world, "POST", target, patch));
    free(target);
}

static void add_stranger(struct world *world)
{
    const struct slot *slot = &world->operators->slots[world_below(world, world->operators->count)];
    char *id = memory_format("ami-5%07x", (unsigned)++world->weather->strangers);
    char *body = memory_format(
        "{\"id\": \"%s\", \"name\": \"%s\", \"description\": \"somebody's\"}", id, slot->name);
    json_t *images = cloud_images(world);
    bool taken = false;
    for (size_t i = 0; i < json_array_size(images); i++)
        taken = taken ||
                strcmp(json_string_value(json_object_get(json_array_get(images, i), "name")),
                    slot->name) == 0;
    json_decref(images);
    if (!taken && !slot->digest) {
        world_trace(world, "somebody makes %s, called %s", id, slot->name);
        ledger_stranger(world, id);
        free(network_admin(world, "POST", "/_sim/images", body));
    }
    free(id);
    free(body);
}

// A newer official image: those who follow it take notice.
static void publish(struct world *world)
{
    unsigned number = ++world->weather->releases;
    if (number > 6)
        return;
    char *body = memory_format("{\"id\": \"ami-0000000%u\", \"name\": \"Debian-12-2026-1%u-01\","
                               " \"access\": {\"isPublic\": true}}",
        number + 2, number);
    world_trace(world, "a new official image: %s", body);
    free(network_admin(world, "POST", "/_sim/images", body));
    free(body);
}

static void use_console(struct world *world)
{
    json_t *images = cloud_images(world);
    size_t count = json_array_size(images);
    const json_t *image = json_array_get(images, count - 1 - world_below(world, count));
    const char *id = json_string_value(json_object_get(image, "id"));
    if (world_chance(world, 15)) {
        add_stranger(world);
    } else if (strncmp(id, "ami-0000000", strlen("ami-0000000")) != 0) {
        if (world_chance(world, 30)) {
            world_trace(world, "a console user deletes %s", id);
            delete_image(world, id);
        } else {
            patch_image(world, id);
        }
    }
    json_decref(images);
}

// ---- From one weather to the next

static void change(struct world *world, void *data)
{
    static void (*const kinds[])(struct world * world) = {
        set_rules, set_rules, set_rules, set_network, set_network, set_disk, set_clock, revoke};
    (void)data;
    if (world->calm)
        return;
    ledger_check_cloud(world); // for what was created late
    clear(world);
    if (world_chance(world, world->weather->badness))
        for (int i = (int)world_between(world, 1, 2); i > 0; i--)
            kinds[world_below(world, sizeof(kinds) / sizeof(kinds[0]))](world);
    if (world_chance(world, world->weather->crashes))
        daemon_crash(world, "by chance");
    if (world_chance(world, world->weather->consoles))
        use_console(world);
    if (world_chance(world, 5))
        publish(world);
    world_at(world, world_between(world, SECOND, 3 * MINUTE), change, NULL, NULL);
}

void weather_start(struct world *world)
{
    world_at(world, 0, change, NULL, NULL);
}

void weather_clear_name(struct world *world, const struct slot *slot)
{
    json_t *images = cloud_images(world);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        if (!operators_slot_bears(slot, json_string_value(json_object_get(image, "name"))))
            continue;
        world_trace(world, "a person removes %s, called %s",
            json_string_value(json_object_get(image, "id")), slot->name);
        delete_image(world, json_string_value(json_object_get(image, "id")));
    }
    json_decref(images);
}

void weather_calm(struct world *world)
{
    world_trace(world, "all is calm from here on");
    clear(world);
    world->calm = true;
    json_t *images = cloud_images(world);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(images, i), "id"));
        for (size_t j = 0; j < world->ledger->strangers.count; j++)
            if (strcmp(id, world->ledger->strangers.items[j]) == 0)
                delete_image(world, id);
    }
    json_decref(images);
}
