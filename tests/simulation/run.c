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
#include "simulation/weather.h"
#include "simulation/world.h"

#define STEPS_LIMIT 2000000
#define WAKES_LIMIT 1000          // at one moment
#define PATIENCE    (8 * HOUR)    // until cloud and directory agree, once all is calm
#define QUIET       (40 * MINUTE) // in which nothing is written then

static void begin(struct world *world, uint64_t seed, bool tracing)
{
    world_init(world, seed, tracing);
    world->network = network_new(world);
    world->durable = durable_new();
    world->files = files_new();
    world->ledger = ledger_new();
    world->operators = operators_new(world);
    world->weather = weather_new(world);
    world->daemon = daemon_new(world);
    daemon_start(world);
    operators_start(world);
    weather_start(world);
}

static void end(struct world *world)
{
    daemon_free(world->daemon);
    weather_free(world->weather);
    operators_free(world->operators);
    ledger_free(world->ledger);
    files_free(world->files);
    durable_free(world->durable);
    network_free(world->network);
    world_deinit(world);
}

// All that is due at this moment.
static void happen_now(struct world *world)
{
    for (int wakes = 0; world->failure[0] == '\0';) {
        world->steps++;
        if (world_happen(world))
            continue;
        if (daemon_next(world) > world->now_ms)
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
        if (daemon_next(world) < next_ms)
            next_ms = daemon_next(world);
        if (next_ms > end_ms)
            break;
        world->now_ms = next_ms > world->now_ms ? next_ms : world->now_ms;
        if (world->steps > STEPS_LIMIT)
            world_fail(world, "it never rests");
    }
    world->now_ms = end_ms;
}

// What needs a person is brought to one.
static void attend(struct world *world)
{
    for (size_t i = 0; i < world->operators->count && daemon_is_up(world); i++) {
        const struct slot *slot = &world->operators->slots[i];
        const char *name = slot->name;
        struct image_status status;
        if (!engine_status(world->daemon->engine, name, &status))
            continue;
        enum reason reason = status.record->reason;
        if (reason == REASON_NAME_TAKEN || reason == REASON_DRIFTED)
            weather_clear_name(world, slot);
        if (reason == REASON_AWAITING_APPROVAL)
            operators_command(world, COMMAND_APPROVE, NULL);
        if (status.record->state == STATE_FAILED)
            operators_command(world, COMMAND_RETRY, name);
    }
}

static void come_to_agree(struct world *world)
{
    char *missing = memory_text("");
    int64_t end_ms = world->now_ms + PATIENCE;
    for (int i = 0; missing != NULL && world->failure[0] == '\0'; i++) {
        if (world->now_ms >= end_ms)
            world_fail(world, "after %d hours of calm: %s", (int)(PATIENCE / HOUR), missing);
        if (i % 4 == 3)
            attend(world);
        pass(world, 10 * MINUTE);
        free(missing);
        missing = harmony_missing(world);
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

struct run_result run_seed(uint64_t seed, bool tracing)
{
    struct world world;
    begin(&world, seed, tracing);
    pass(&world, world_between(&world, 10 * MINUTE, 3 * HOUR));
    weather_calm(&world);
    pass(&world, 2 * MINUTE); // who is down comes back
    operators_declare_all(&world);
    come_to_agree(&world);
    stay_quiet(&world);
    operators_remove_some(&world);
    pass(&world, MINUTE);
    come_to_agree(&world);
    stay_quiet(&world);
    struct run_result result = {
        .failed = world.failure[0] != '\0',
        .simulated_ms = world.now_ms,
        .steps = world.steps,
        .transfers = world.network->transfers,
        .writes = world.network->writes,
        .lives = world.daemon->life,
    };
    memcpy(result.failure, world.failure, sizeof(result.failure));
    end(&world);
    return result;
}
