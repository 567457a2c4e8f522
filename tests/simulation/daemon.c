// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/memory.h"
#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/files.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/stock.h"

struct daemon *daemon_new(struct world *world)
{
    struct daemon *daemon = memory_new(1, sizeof(*daemon));
    daemon->options = engine_default_options();
    daemon->options.installation = world->host->index == 0 ? "simulated" : "neighbour";
    daemon->options.defaults = &daemon->defaults;
    daemon->options.grace_ms = DAEMON_GRACE_MS;
    daemon->options.deletion_maximum = (uint32_t)world_between(world, 1, 5);
    daemon->tokens_milli = DAEMON_BURST * 1000;
    return daemon;
}

static void stop(struct daemon *daemon)
{
    engine_free(daemon->engine);
    client_free(daemon->client);
    daemon->engine = NULL;
    daemon->client = NULL;
}

void daemon_free(struct daemon *daemon)
{
    stop(daemon);
    effects_deinit(&daemon->effects);
    free(daemon);
}

bool daemon_is_up(const struct world *world)
{
    return world->host->daemon->engine != NULL;
}

uint64_t daemon_life(const struct world *world)
{
    return world->host->daemon->life;
}

struct instant daemon_now(const struct world *world)
{
    return (struct instant){
        .monotonic_ms = world->now_ms,
        .wall_ms = WORLD_START_WALL_MS + world->now_ms + world->host->daemon->wall_offset_ms,
    };
}

static void tell_people(struct world *world, const struct report *report)
{
    coverage_count_report(world->plan.coverage, report->kind);
    ledger_text(world, report->text);
    if (report->kind == REPORT_IMAGE_RELEASED)
        ledger_released(world, report->image_id);
    if (report->kind == REPORT_IMAGE_ADOPTED || report->kind == REPORT_IMAGE_TAKEN)
        ledger_adopted(world, report->image_id);
    world_trace(world, "  ! %s", report->text);
}

static void carry_out(struct world *world)
{
    struct daemon *daemon = world->host->daemon;
    struct effects effects = daemon->effects;
    daemon->effects = (struct effects){0};
    durable_submit(world, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        struct effect *effect = &effects.items[i];
        if (effect->kind == EFFECT_REPORT) {
            tell_people(world, &effect->report);
        } else if (effect->kind == EFFECT_REQUEST && daemon->client != NULL) {
            ledger_wanted(world, effect->request);
            client_submit(daemon->client, effect->request, daemon_now(world));
            effect->request = NULL;
        }
    }
    effects_deinit(&effects);
}

static void handle(struct world *world, const struct event *event)
{
    struct daemon *daemon = world->host->daemon;
    engine_handle(daemon->engine, event, daemon_now(world), &daemon->effects);
    carry_out(world);
}

// As client.h says that whoever drives it does.
static void pump(struct world *world)
{
    struct daemon *daemon = world->host->daemon;
    bool busy = true;
    while (busy && daemon->client != NULL) {
        busy = false;
        struct transfer *transfer = NULL;
        struct answer answer;
        if (client_wants_credentials(daemon->client, daemon_now(world)))
            client_set_credentials(
                daemon->client, NETWORK_CLIENT_ID, NETWORK_CLIENT_SECRET, daemon_now(world));
        while ((transfer = client_next_transfer(daemon->client, daemon_now(world))) != NULL) {
            network_send(world, transfer);
            busy = true;
        }
        while (daemon->client != NULL && client_next_answer(daemon->client, &answer)) {
            struct event event = {.kind = EVENT_ANSWER, .answer = &answer};
            handle(world, &event);
            answer_deinit(&answer);
            busy = true;
        }
    }
}

static void tell(struct world *world, const struct event *event)
{
    if (!daemon_is_up(world))
        return;
    handle(world, event);
    pump(world);
}

// ---- Life and death

static void load(struct world *world)
{
    const struct durable *durable = world->host->durable;
    struct record_list records = {0};
    for (size_t i = 0; i < durable->records.count; i++)
        record_list_add(&records, record_clone(durable->records.items[i]));
    struct event event = {.kind = EVENT_LOADED, .loaded = {&records, durable->deletions}};
    handle(world, &event);
    record_list_deinit(&records);
}

void daemon_start(struct world *world)
{
    struct daemon *daemon = world->host->daemon;
    daemon->life++;
    world_turn(world, STREAM_LIFE, daemon->life);
    world_trace(world, "the daemon starts, for the %" PRIu64 ". time", daemon->life);
    daemon->options.seed = world_below(world, UINT64_MAX);
    const struct client_options options = {
        .space_id = NETWORK_SPACE_ID,
        .client_id = NETWORK_CLIENT_ID,
        .client_secret = NETWORK_CLIENT_SECRET,
        .limits = {.rate = DAEMON_RATE, .burst = DAEMON_BURST, .in_flight = 8},
        .seed = world_below(world, UINT64_MAX),
    };
    daemon->client = client_new(&options);
    daemon->options.images_per_turn = (size_t)(daemon->options.seed % 4); // of 0: all
    daemon->engine = engine_new(&daemon->options);
    daemon->tokens_milli = DAEMON_BURST * 1000; // it has a bucket of its own
    stock_starting(world);
    load(world);
    files_restart_watch(world);
    pump(world);
}

static void start_again(struct world *world, void *data)
{
    (void)data;
    daemon_start(world);
}

int64_t daemon_short_time(struct world *world)
{
    return world_between(world, 100, 90 * SECOND);
}

void daemon_crash(struct world *world, const char *why, int64_t away_ms)
{
    if (!daemon_is_up(world))
        return;
    world_trace(world, "the daemon is killed %s", why);
    stop(world->host->daemon);
    durable_crash(world);
    ledger_crashed(world);
    world_at(world, away_ms, start_again, NULL, NULL);
}

// ---- What comes in

int64_t daemon_next(const struct world *world)
{
    const struct daemon *daemon = world->host->daemon;
    if (!daemon_is_up(world))
        return INSTANT_NEVER;
    int64_t engine_ms = engine_next_wake(daemon->engine);
    int64_t client_ms = client_next_wake(daemon->client);
    return engine_ms < client_ms ? engine_ms : client_ms;
}

void daemon_wake(struct world *world)
{
    struct event event = {.kind = EVENT_TIMER};
    tell(world, &event);
}

void daemon_receive(struct world *world, uint64_t life, const struct transfer_result *result)
{
    struct daemon *daemon = world->host->daemon;
    if (!daemon_is_up(world) || life != daemon->life)
        return;
    client_receive(daemon->client, result, daemon_now(world));
    pump(world);
}

void daemon_committed(struct world *world, uint64_t serial)
{
    struct event event = {.kind = EVENT_COMMITTED, .serial = serial};
    tell(world, &event);
}

void daemon_commit_failed(struct world *world)
{
    struct event event = {.kind = EVENT_COMMIT_FAILED, .text = "no space left on device"};
    tell(world, &event);
}

void daemon_directory(struct world *world, struct directory_event *directory)
{
    struct event event = {.kind = EVENT_DIRECTORY, .directory = directory};
    tell(world, &event);
}

// As a reload of the configuration does.
void daemon_observe(struct world *world, bool observe)
{
    struct daemon *daemon = world->host->daemon;
    daemon->options.observe = observe;
    ledger_observe(world, observe);
    if (!daemon_is_up(world))
        return;
    engine_configure(daemon->engine, &daemon->options);
    daemon_wake(world);
}

void daemon_command(struct world *world, enum command_kind kind, const char *name)
{
    struct command command = {.kind = kind, .name = name};
    struct event event = {.kind = EVENT_COMMAND, .command = &command};
    tell(world, &event);
}
