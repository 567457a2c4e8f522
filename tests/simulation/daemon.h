// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon under test: the real engine and the real wire code, wired as src/imaged wires them, on
// the world's clock. It can die at any moment, and then starts again from what is durable.
#pragma once

#include "core/engine.h"
#include "numspot/client.h"
#include "simulation/world.h"

#define DAEMON_RATE     10
#define DAEMON_BURST    20
#define DAEMON_GRACE_MS MINUTE

// How long a daemon stays away whose record was replaced: what it knew nothing of any more, and was
// still under way, is over by then. Whoever restores a record is told to wait as well.
#define DAEMON_LEAST_REPAIR_MS   (3 * MINUTE)
#define DAEMON_LONGEST_REPAIR_MS (10 * MINUTE)

struct daemon {
    struct engine *engine; // NULL while it is dead
    struct client *client;
    struct engine_options options;
    struct lifecycle defaults;
    struct effects effects;
    uint64_t life;          // how often it was started
    int64_t wall_offset_ms; // how far its wall clock is from the true one
    int64_t tokens_milli;   // of a bucket like the client's own, to see that it keeps its bounds
    int64_t bucket_ms;
    uint64_t answered; // the latest of its requests that was answered
};

struct daemon *daemon_new(struct world *world);
void daemon_free(struct daemon *daemon);

void daemon_start(struct world *world);
// Dies, and is started again some time later.
void daemon_crash(struct world *world, const char *why, int64_t away_ms);
// By chance: some seconds.
int64_t daemon_short_time(struct world *world);
bool daemon_is_up(const struct world *world);
uint64_t daemon_life(const struct world *world);

// Its clocks.
struct instant daemon_now(const struct world *world);
// When it wants to be woken, or INSTANT_NEVER.
int64_t daemon_next(const struct world *world);
// Time passed.
void daemon_wake(struct world *world);

// What comes in from outside. All are ignored while it is dead.
void daemon_receive(struct world *world, uint64_t life, const struct transfer_result *result);
void daemon_committed(struct world *world, uint64_t serial);
void daemon_commit_failed(struct world *world);
void daemon_directory(struct world *world, struct directory_event *event);
void daemon_observe(struct world *world, bool observe);
void daemon_command(struct world *world, enum command_kind kind, const char *name);
