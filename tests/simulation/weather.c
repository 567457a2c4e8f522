// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/images.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/operators.h"
#include "simulation/stock.h"
#include "simulation/weather.h"

#define CHANGE_MS       (3 * MINUTE) // the longest weather
#define CREATED_LATE_MS MINUTE       // the cloud does nothing later than that

// Of the weathers.
#define PERCENT_RELEASES 5
#define PERCENT_BACKUPS  10

struct weather *weather_new(struct world *world)
{
    static const unsigned degrees[] = {0, 10, 30, 60};
    struct weather *weather = memory_new(1, sizeof(*weather));
    weather->badness = degrees[world_below(world, 4)];
    weather->crashes = degrees[world_below(world, 3)];
    weather->consoles = degrees[world_below(world, 3)];
    weather->disasters = world_chance(world, 25) ? 5 : 0;
    weather->fragile = world_chance(world, 15);
    return weather;
}

void weather_free(struct weather *weather)
{
    free(weather);
}

static void crash(struct world *world)
{
    int64_t away_ms = daemon_short_time(world);
    if (!daemon_is_up(world))
        world_pass_over(world, DEED_CRASH);
    else if (world_may(world, DEED_CRASH))
        daemon_crash(world, "by chance", away_ms);
}

static void back_up(struct world *world)
{
    durable_back_up(world);
}

// ---- The cloud's faults

// In the table.
#define FAULT_FAIL_IMAGE 15
#define FAULT_EMPTY_LIST 21

// That one is not for worlds in which the record is lost: a daemon that knows of no image and is
// told that there is none makes it, where names need not be unique.
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
    ("{\"path\": \"/iam/token\", \"action\": {\"status\": 400, \"body\":"
     " {\"error_description\": \"wrong: " NETWORK_CLIENT_SECRET "\"}}}"),
    ("{\"action\": {\"status\": 400, \"body\": {\"title\": \"Bad\", \"detail\":"
     " \"you sent " NETWORK_CLIENT_SECRET "\"}}}"),
};

size_t weather_fault_count(void)
{
    return sizeof(rules) / sizeof(rules[0]);
}

const char *weather_fault(size_t fault)
{
    return rules[fault];
}

static void add_rule(struct weather *weather, struct text *text, size_t fault, const char *chance)
{
    text_format(text, "%s{\"times\": -1, \"probability\": %s, %s",
        weather->fault_count == 0 ? "[" : ", ", chance, rules[fault] + 1);
    weather->faults[weather->fault_count++] = fault;
}

// Tells the cloud so many faults, drawn, in place of those that were set before.
static void tell_cloud(struct world *world, int count)
{
    static const char *const chances[] = {"0.1", "0.3", "0.7", "1.0"};
    struct weather *weather = world->weather;
    struct text text = {0};
    weather->fault_count = 0;
    for (int i = 0; i < count; i++) {
        size_t fault = world_below(world, weather_fault_count());
        if (fault == FAULT_EMPTY_LIST && weather->disasters > 0)
            fault = 0;
        add_rule(weather, &text, fault, chances[world_below(world, 4)]);
    }
    if (weather->fragile && !world->calm)
        add_rule(weather, &text, FAULT_FAIL_IMAGE, "0.3");
    text_append(&text, weather->fault_count == 0 ? "[]" : "]");
    if (count > 0)
        world_trace(world, "weather: the cloud %s", text_string(&text));
    free(network_admin(world, "PUT", "/_sim/faults", text_string(&text)));
    text_deinit(&text);
}

static void set_rules(struct world *world)
{
    tell_cloud(world, (int)world_between(world, 1, 3));
}

static void set_network(struct world *world)
{
    struct network_faults *faults = &world->network->faults;
    unsigned *each[] = {&faults->unreachable, &faults->lost_before, &faults->lost_after,
        &faults->slow, &faults->twice};
    *each[world_below(world, 5)] = (unsigned)world_between(world, 5, 60);
    world_trace(world,
        "weather: the network, unreachable %u, lost before %u, after %u, slow %u, twice %u",
        faults->unreachable, faults->lost_before, faults->lost_after, faults->slow, faults->twice);
}

static void fill_disk(struct world *world)
{
    world_trace(world, "weather: the disk is full");
    world->host->durable->full = true;
}

static void set_crashes(struct world *world)
{
    struct durable *durable = world->host->durable;
    unsigned *each[] = {&durable->crash_before, &durable->crash_torn, &durable->crash_after};
    *each[world_below(world, 3)] = 40;
    *each[world_below(world, 3)] = 40;
    world_trace(world, "weather: crashes before %u, in %u, after %u of 1000 commits",
        durable->crash_before, durable->crash_torn, durable->crash_after);
}

static void set_clock(struct world *world)
{
    static const int64_t jumps[] = {-HOUR, 24 * HOUR, -24 * HOUR, 7 * MINUTE};
    world->host->daemon->wall_offset_ms += jumps[world_below(world, 4)];
    world_trace(world, "weather: the daemon's clock is %lld s off",
        (long long)world->host->daemon->wall_offset_ms / SECOND);
}

static void revoke(struct world *world)
{
    world_trace(world, "weather: all tokens are revoked");
    free(network_admin(world, "POST", "/_sim/tokens/revoke", NULL));
}

// Counts how often the cloud applied what it was told.
static void count_faults(struct world *world)
{
    struct weather *weather = world->weather;
    if (world->plan.coverage == NULL || weather->fault_count == 0)
        return;
    char *text = network_admin(world, "GET", "/_sim/faults", NULL);
    json_t *document = json_loads(text, 0, NULL);
    const json_t *items = json_object_get(document, "items");
    for (size_t i = 0; i < weather->fault_count; i++)
        coverage_count_fault(world->plan.coverage, weather->faults[i],
            (uint64_t)json_integer_value(json_object_get(json_array_get(items, i), "applied")));
    json_decref(document);
    free(text);
}

static void clear(struct world *world)
{
    count_faults(world);
    world->network->faults = (struct network_faults){0};
    for (size_t i = 0; i < world->host_count; i++) {
        struct durable *durable = world->hosts[i].durable;
        durable->full = false;
        durable->crash_before = 0;
        durable->crash_torn = 0;
        durable->crash_after = 0;
    }
    tell_cloud(world, 0);
}

// ---- The record

// The daemon dies, and what it starts from then is not what it left.
static void replace_record(struct world *world, enum deed deed)
{
    size_t commits = (size_t)world_between(world, 1, 6);
    daemon_crash(world, deed_meaning(deed),
        world_between(world, DAEMON_LEAST_REPAIR_MS, DAEMON_LONGEST_REPAIR_MS));
    if (deed == DEED_RECORD_LOST)
        durable_lose(world);
    else if (deed == DEED_RECORD_LIED)
        durable_forget_last(world, commits);
    else if (!durable_restore(world))
        return;
    ledger_record_replaced(world);
}

static void strike_record(struct world *world)
{
    static const enum deed deeds[] = {
        DEED_RECORD_LOST, DEED_RECORD_RESTORED, DEED_RECORD_LIED, DEED_RECORD_LIED};
    enum deed deed = deeds[world_below(world, 4)];
    if (!daemon_is_up(world))
        world_pass_over(world, deed);
    else if (world_may(world, deed))
        replace_record(world, deed);
}

// ---- Console users

static void delete_image(struct world *world, const char *id)
{
    char *target = memory_format("/_sim/images/%s", id);
    free(network_admin(world, "DELETE", target, NULL));
    free(target);
}

// Of an image that was somebody else's once it is not asked any more that the daemon looks after
// it.
static void patch_image(struct world *world, const char *id)
{
    static const char *const patches[] = {
        "{\"tags\": []}",
        "{\"tags\": [{\"key\": \"Name\", \"value\": \"theirs\"}]}",
        "{\"tags\": [{\"key\": \"imaged.owner\", \"value\": \"somebody-else\"}]}",
        "{\"access\": {\"isPublic\": true}}",
        "{\"access\": {\"isPublic\": false}}",
    };
    char *target = memory_format("/_sim/images/%s", id);
    const char *patch = patches[world_below(world, sizeof(patches) / sizeof(patches[0]))];
    world_trace(world, "a console user changes %s: %s", id, patch);
    free(network_admin(world, "POST", target, patch));
    free(target);
    struct host *host = world->host;
    for (size_t i = 0; i < world->host_count && strstr(patch, "tags") != NULL; i++) {
        world->host = &world->hosts[i];
        stock_untagged(world, id);
        if (strstr(patch, "imaged.owner") != NULL)
            ledger_released(world, id);
    }
    world->host = host;
}

static bool is_taken(struct world *world, const char *name)
{
    const json_t *images = images_all(world);
    for (size_t i = 0; i < json_array_size(images); i++)
        if (strcmp(image_text(json_array_get(images, i), "name"), name) == 0)
            return true;
    return false;
}

static void add_stranger(struct world *world)
{
    const struct operators *operators = world->host->operators;
    const struct slot *slot = &operators->slots[world_below(world, operators->count)];
    if (slot->digest || slot->absent || is_taken(world, slot->name)) {
        world_pass_over(world, DEED_STRANGER);
        return;
    }
    if (!world_may(world, DEED_STRANGER))
        return;
    char *id = memory_format("ami-5%07x", (unsigned)++world->weather->strangers);
    char *body = memory_format(
        "{\"id\": \"%s\", \"name\": \"%s\", \"description\": \"somebody's\"}", id, slot->name);
    world_trace(world, "somebody makes %s, called %s", id, slot->name);
    for (size_t i = 0; i < world->host_count; i++)
        text_list_add(&world->hosts[i].ledger->strangers, id);
    free(network_admin(world, "POST", "/_sim/images", body));
    free(id);
    free(body);
}

// A newer official image: those who follow it take notice.
static void publish(struct world *world)
{
    unsigned number = ++world->weather->releases;
    if (number > 6 || !world_may(world, DEED_RELEASE))
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
    const json_t *images = images_all(world);
    size_t count = json_array_size(images);
    const json_t *image = json_array_get(images, count - 1 - world_below(world, count));
    char *id = memory_text(image_text(image, "id"));
    bool deletes = world_chance(world, 30);
    enum deed deed = deletes ? DEED_CONSOLE_DELETE : DEED_CONSOLE_CHANGE;
    if (world_chance(world, 15)) {
        add_stranger(world);
    } else if (image_is_official(id)) {
        world_pass_over(world, deed);
    } else if (world_may(world, deed)) {
        if (deletes) {
            world_trace(world, "a console user deletes %s", id);
            delete_image(world, id);
        } else {
            patch_image(world, id);
        }
    }
    free(id);
}

// ---- From one weather to the next

// What a weather may bring, each as often as it stands here.
static const struct {
    enum deed deed;
    void (*begin)(struct world *world);
} kinds[] = {
    {DEED_CLOUD, set_rules},
    {DEED_CLOUD, set_rules},
    {DEED_CLOUD, set_rules},
    {DEED_NETWORK, set_network},
    {DEED_NETWORK, set_network},
    {DEED_DISK_FULL, fill_disk},
    {DEED_DISK_CRASHES, set_crashes},
    {DEED_CLOCK, set_clock},
    {DEED_REVOKE, revoke},
};

static void worsen(struct world *world)
{
    for (int i = (int)world_between(world, 1, 2); i > 0; i--) {
        size_t kind = world_below(world, sizeof(kinds) / sizeof(kinds[0]));
        if (world_may(world, kinds[kind].deed))
            kinds[kind].begin(world);
    }
}

// Each part has a turn of its own, so that one that is left out leaves the others as they are.
static void bring(struct world *world)
{
    const struct weather *weather = world->weather;
    static void (*const parts[])(struct world * world) = {
        worsen, crash, strike_record, use_console, publish, back_up};
    const unsigned percents[] = {weather->badness, weather->crashes, weather->disasters,
        weather->consoles, PERCENT_RELEASES, PERCENT_BACKUPS};
    size_t count = sizeof(parts) / sizeof(parts[0]);
    for (size_t i = 0; i < count; i++) {
        world->host = &world->hosts[0];
        world_turn(world, STREAM_WEATHER, weather->weathers * count + i);
        bool comes = world_chance(world, percents[i]);
        world->host = &world->hosts[world_below(world, world->host_count)];
        if (comes)
            parts[i](world);
    }
    world->host = &world->hosts[0];
}

static void change(struct world *world, void *data)
{
    (void)data;
    if (world->calm)
        return;
    if (world->now_ms - world->network->created_ms < CREATED_LATE_MS + CHANGE_MS)
        ledger_check_cloud(world); // for what was created late
    clear(world);
    world->weather->weathers++;
    world_turn(world, STREAM_WEATHER, 0 - world->weather->weathers);
    world_at(world, world_between(world, SECOND, CHANGE_MS), change, NULL, NULL);
    bring(world);
}

void weather_start(struct world *world)
{
    world_at(world, 0, change, NULL, NULL);
}

// Looks for the next image that is to go, from the start each time: the list changes with each.
static const json_t *find_image(struct world *world,
    bool (*is_meant)(const struct world *world, const struct slot *slot, const json_t *image),
    const struct slot *slot)
{
    const json_t *images = images_all(world);
    for (size_t i = 0; i < json_array_size(images); i++)
        if (is_meant(world, slot, json_array_get(images, i)))
            return json_array_get(images, i);
    return NULL;
}

static void remove_all(struct world *world,
    bool (*is_meant)(const struct world *world, const struct slot *slot, const json_t *image),
    const struct slot *slot)
{
    for (const json_t *image; (image = find_image(world, is_meant, slot)) != NULL;) {
        char *id = memory_text(image_text(image, "id"));
        world_trace(world, "a person removes %s, called %s", id, image_text(image, "name"));
        delete_image(world, id);
        free(id);
    }
}

static bool bears_name(const struct world *world, const struct slot *slot, const json_t *image)
{
    (void)world;
    return operators_slot_bears(slot, image_text(image, "name"));
}

void weather_clear_name(struct world *world, const struct slot *slot)
{
    remove_all(world, bears_name, slot);
}

static bool is_strangers(const struct world *world, const struct slot *slot, const json_t *image)
{
    (void)slot;
    for (size_t i = 0; i < world->host_count; i++)
        if (text_list_has(&world->hosts[i].ledger->strangers, image_text(image, "id")))
            return true;
    return false;
}

void weather_calm(struct world *world)
{
    world_trace(world, "all is calm from here on");
    world->calm = true;
    clear(world);
}

void weather_clear_strangers(struct world *world)
{
    remove_all(world, is_strangers, NULL);
}
