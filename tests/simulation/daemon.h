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

struct daemon {
    struct engine *engine; // NULL while it is dead
    struct client *client;
    struct engine_options options;
    struct lifecycle defaults;
    struct effects effects;
    uint64_t life;          // how often it was started
    int64_t wall_offset_ms; // how far its wall clock is from the true one
    uint64_t reports[REPORT_COUNT];
};

struct daemon *daemon_new(struct world *world);
void daemon_free(struct daemon *daemon);

void daemon_start(struct world *world);
// Dies, and is started again some seconds later.
void daemon_crash(struct world *world, const char *why);
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
void daemon_command(struct world *world, enum command_kind kind, const char *name);
