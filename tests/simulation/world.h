// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A simulated world: one seed decides all that happens in it. It holds the true clock, the one
// source of chance, and what is to happen when; the other files of this folder are its parts.
// Nothing in it reads a real clock, file or socket, so that a seed gives the same world on every
// machine.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/random.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

// What the true clock's zero is on the wall: 2026-11-25, 08:00 UTC.
#define WORLD_START_WALL_MS INT64_C(1795593600000)

struct world;
struct network;
struct durable;
struct files;
struct operators;
struct weather;
struct daemon;
struct ledger;

// Something that is to happen. `data` is the happening's own; `release` (may be NULL) frees it when
// the world ends first.
typedef void happening(struct world *world, void *data);
typedef void releaser(void *data);

struct appointment {
    int64_t at_ms;
    uint64_t order;
    happening *happen;
    releaser *release;
    void *data;
};

struct world {
    uint64_t seed;
    struct random random;
    bool tracing;
    int64_t now_ms; // true time since the world began; also the daemon's monotonic clock
    struct appointment *appointments;
    size_t appointment_count;
    size_t appointment_capacity;
    uint64_t last_order;
    uint64_t steps;
    bool calm;          // nothing goes wrong any more
    char failure[1024]; // what was broken first; "": nothing

    struct network *network;
    struct durable *durable;
    struct files *files;
    struct operators *operators;
    struct weather *weather;
    struct daemon *daemon;
    struct ledger *ledger;
};

void world_init(struct world *world, uint64_t seed, bool tracing);
void world_deinit(struct world *world);

// Makes an appointment, `delay_ms` from now.
void world_at(
    struct world *world, int64_t delay_ms, happening *happen, void *data, releaser *release);

// The time of the next appointment, or INSTANT_NEVER.
int64_t world_next(const struct world *world);
// Lets happen the first of those that are due now; false when there is none.
bool world_happen(struct world *world);

// Chance.
uint64_t world_below(struct world *world, uint64_t bound);
bool world_chance(struct world *world, unsigned percent);
int64_t world_between(struct world *world, int64_t least, int64_t most);

// A line of the trace, with the time.
void world_trace(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
// An invariant is broken: the first one counts.
void world_fail(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
