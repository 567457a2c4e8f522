// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/files.h"
#include "simulation/harmony.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/operators.h"
#include "simulation/run.h"
#include "simulation/seam.h"
#include "simulation/weather.h"
#include "simulation/world.h"

#define STEPS_LIMIT 2000000
#define WAKES_LIMIT 1000          // at one moment
#define PATIENCE    (8 * HOUR)    // until cloud and directory agree, once all is calm
#define QUIET       (40 * MINUTE) // in which nothing is written then

#define LONGEST_ABSENCE    (DAEMON_LONGEST_REPAIR_MS + MINUTE) // who is down comes back
#define PERCENT_NEIGHBOURS 20

static void begin_host(struct world *world)
{
    struct host *host = world->host;
    world_turn(world, STREAM_HOST, 0);
    host->durable = durable_new();
    host->files = files_new();
    host->ledger = ledger_new();
    host->operators = operators_new(world);
    host->daemon = daemon_new(world);
}

// Returns how long the trouble lasts.
static int64_t begin(struct world *world, const struct world_plan *plan)
{
    world_init(world, plan);
    world_turn(world, STREAM_BEGINNING, 0);
    world->network = network_new(world);
    world->weather = weather_new(world);
    int64_t trouble_ms = world_between(world, 10 * MINUTE, 3 * HOUR);
    world->host_count = 1;
    if (world_chance(world, PERCENT_NEIGHBOURS) && world_may(world, DEED_NEIGHBOUR))
        world->host_count = 2;
    for (size_t i = 0; i < world->host_count; i++) {
        world->host = &world->hosts[i];
        begin_host(world);
        daemon_start(world);
        operators_start(world);
    }
    world->host = &world->hosts[0];
    weather_start(world);
    return plan->trouble_ms >= 0 ? plan->trouble_ms : trouble_ms;
}

static void end(struct world *world)
{
    for (size_t i = 0; i < world->host_count; i++) {
        struct host *host = &world->hosts[i];
        daemon_free(host->daemon);
        operators_free(host->operators);
        ledger_free(host->ledger);
        files_free(host->files);
        durable_free(host->durable);
    }
    weather_free(world->weather);
    network_free(world->network);
    world_deinit(world);
}

static void each_host(struct world *world, void (*act)(struct world *world))
{
    for (size_t i = 0; i < world->host_count; i++) {
        world->host = &world->hosts[i];
        act(world);
    }
    world->host = &world->hosts[0];
}

// When the first of the daemons wants to be woken; it is its turn then.
static int64_t next_daemon(struct world *world)
{
    int64_t first_ms = INSTANT_NEVER;
    size_t first = 0;
    for (size_t i = 0; i < world->host_count; i++) {
        world->host = &world->hosts[i];
        int64_t next_ms = daemon_next(world);
        if (next_ms < first_ms) {
            first_ms = next_ms;
            first = i;
        }
    }
    world->host = &world->hosts[first];
    return first_ms;
}

// All that is due at this moment.
static void happen_now(struct world *world)
{
    for (int wakes = 0; world->failure[0] == '\0';) {
        world->steps++;
        if (world_happen(world))
            continue;
        if (next_daemon(world) > world->now_ms)
            return;
        daemon_wake(world);
        if (++wakes > WAKES_LIMIT)
            world_fail(world, "the daemon wants to be woken at once, over and over");
    }
}

static void pass(struct world *world, int64_t duration_ms)
{
    int64_t end_ms = world->now_ms + duration_ms;
    while (world->failure[0] == '\0') {
        happen_now(world);
        int64_t next_ms = world_next(world);
        int64_t daemon_ms = next_daemon(world);
        if (daemon_ms < next_ms)
            next_ms = daemon_ms;
        if (next_ms > end_ms)
            break;
        world->now_ms = next_ms > world->now_ms ? next_ms : world->now_ms;
        if (world->steps > STEPS_LIMIT)
            world_fail(world, "it never rests");
    }
    world->host = &world->hosts[0];
    if (world->failure[0] == '\0')
        world->now_ms = end_ms;
}

// What needs a person is brought to one.
static void attend(struct world *world)
{
    for (size_t i = 0; i < world->host->operators->count && daemon_is_up(world); i++) {
        const struct slot *slot = &world->host->operators->slots[i];
        const char *name = slot->name;
        struct image_status status;
        if (!engine_status(world->host->daemon->engine, name, &status))
            continue;
        enum reason reason = status.record->reason;
        if (reason == REASON_NAME_TAKEN || reason == REASON_DRIFTED || reason == REASON_CONTESTED)
            weather_clear_name(world, slot);
        if (reason == REASON_AWAITING_APPROVAL)
            operators_command(world, COMMAND_APPROVE, NULL);
        if (status.record->state == STATE_FAILED)
            operators_command(world, COMMAND_RETRY, name);
    }
}

static void come_to_agree(struct world *world)
{
    const char *kind = NULL;
    char *missing = memory_text("");
    int64_t end_ms = world->now_ms + PATIENCE;
    for (int i = 0; missing != NULL && world->failure[0] == '\0'; i++) {
        if (world->now_ms >= end_ms) {
            world_fail(world, "after %d hours of calm: %s", (int)(PATIENCE / HOUR), missing);
            world->broken = kind;
        }
        if (i % 4 == 3)
            each_host(world, attend);
        pass(world, 10 * MINUTE);
        free(missing);
        missing = harmony_missing(world, &kind);
    }
    free(missing);
}

static void stay_quiet(struct world *world)
{
    uint64_t writes = world->network->writes;
    pass(world, QUIET);
    if (world->network->writes != writes)
        world_fail(world, "all was well, and still it wrote");
}

// What the world comes to when all trouble is over.
static void settle(struct world *world)
{
    weather_calm(world);
    pass(world, LONGEST_ABSENCE);
    weather_clear_strangers(world);
    each_host(world, operators_declare_all);
    come_to_agree(world);
    stay_quiet(world);
    each_host(world, operators_remove_some);
    pass(world, MINUTE);
    come_to_agree(world);
    stay_quiet(world);
}

struct run_result run_world(const struct world_plan *plan)
{
    struct world world;
    seam_count_into(plan->coverage);
    int64_t trouble_ms = begin(&world, plan);
    pass(&world, trouble_ms);
    settle(&world);
    struct run_result result = {
        .failed = world.failure[0] != '\0',
        .broken = world.broken,
        .simulated_ms = world.now_ms,
        .trouble_ms = trouble_ms,
        .steps = world.steps,
        .transfers = world.network->transfers,
        .writes = world.network->writes,
    };
    for (size_t i = 0; i < world.host_count; i++)
        result.lives += world.hosts[i].daemon->life;
    memcpy(result.failure, world.failure, sizeof(result.failure));
    end(&world);
    return result;
}
