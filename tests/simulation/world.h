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
#include "simulation/deed.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

// What the true clock's zero is on the wall: 2026-11-25, 08:00 UTC.
#define WORLD_START_WALL_MS INT64_C(1795593600000)

#define WORLD_HOSTS 2

struct world;
struct network;
struct durable;
struct files;
struct operators;
struct weather;
struct daemon;
struct ledger;
struct selection;
struct coverage;

// Something that is to happen. `data` is the happening's own; `release` (may be NULL) frees it when
// the world ends first.
typedef void happening(struct world *world, void *data);
typedef void releaser(void *data);

// One installation: a daemon with its record and its directory, the people at it, and the account
// that is kept of it. A world has one, or two that share the cloud.
struct host {
    size_t index;
    struct durable *durable;
    struct files *files;
    struct operators *operators;
    struct daemon *daemon;
    struct ledger *ledger;
};

struct appointment {
    int64_t at_ms;
    uint64_t order;
    struct host *host;
    happening *happen;
    releaser *release;
    void *data;
};

// What chance is drawn for. Each turn of each of these has randomness of its own.
enum stream {
    STREAM_BEGINNING, // what kind of world it is
    STREAM_HOST,
    STREAM_LIFE,      // a start of a daemon
    STREAM_OPERATORS, // each time when one does something
    STREAM_WEATHER,   // each weather
    STREAM_REQUEST,   // each request
    STREAM_COMMIT,
    STREAM_END, // each slot's last declaration
};

// How a world is to run.
struct world_plan {
    uint64_t seed;
    bool tracing;
    const struct selection *only; // the deeds that are let happen; NULL: all
    int64_t trouble_ms;           // until all is calm; -1: by chance
    struct selection *done;       // gets all deeds that happened; may be NULL
    struct coverage *coverage;    // counted into it; may be NULL
};

struct world {
    struct world_plan plan;
    struct random random;
    int64_t now_ms; // true time since the world began; also the daemons' monotonic clock
    struct appointment *appointments;
    size_t appointment_count;
    size_t appointment_capacity;
    uint64_t last_order;
    uint64_t steps;
    uint64_t numbers[DEED_COUNT]; // of the last deed of each kind
    bool calm;                    // nothing goes wrong any more
    char failure[1024];           // what was broken first; "": nothing
    const char *broken;           // the same without names and numbers: which promise it was

    struct network *network;
    struct weather *weather;
    struct host hosts[WORLD_HOSTS];
    size_t host_count;
    struct host *host; // whose turn it is
};

void world_init(struct world *world, const struct world_plan *plan);
void world_deinit(struct world *world);

// Makes an appointment for the present host, `delay_ms` from now.
void world_at(
    struct world *world, int64_t delay_ms, happening *happen, void *data, releaser *release);

// The time of the next appointment, or INSTANT_NEVER.
int64_t world_next(const struct world *world);
// Lets happen the first of those that are due now; false when there is none.
bool world_happen(struct world *world);

// Chance. A turn begins its series anew, so that it is the same whatever was drawn before.
void world_turn(struct world *world, enum stream stream, uint64_t number);
uint64_t world_below(struct world *world, uint64_t bound);
bool world_chance(struct world *world, unsigned percent);
int64_t world_between(struct world *world, int64_t least, int64_t most);

// Whether a deed that chance wants now is let happen; if so, it has happened.
bool world_may(struct world *world, enum deed deed);

// One that cannot happen as things are: it has a number all the same.
void world_pass_over(struct world *world, enum deed deed);

// A line of the trace, with the time.
void world_trace(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
// An invariant is broken: the first one counts.
void world_fail(struct world *world, const char *format, ...) PRINTF_LIKE(2, 3);
