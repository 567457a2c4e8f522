// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The way between the daemon's wire code and the simulated cloud: latency, time limits, and all
// that a network loses. It changes no byte of what passes.
#pragma once

#include <jansson.h>

#include "numspot/wire.h"
#include "simulation/world.h"

struct sim_request;
struct sim_response;

#define NETWORK_CLIENT_ID     "simulated"
#define NETWORK_CLIENT_SECRET "a-secret-that-no-trace-may-show"
#define NETWORK_SPACE_ID      "11111111-2222-4333-8444-555555555555"
#define NETWORK_TIMEOUT_MS    (60 * SECOND) // of a whole request
#define NETWORK_SLOWEST_MS    (70 * SECOND) // a request arrives by then, or never

// How bad it is, in percent of the requests.
struct network_faults {
    unsigned unreachable; // surely not sent
    unsigned lost_before; // sent, and lost before it arrived
    unsigned lost_after;  // done, and the answer lost
    unsigned slow;        // on the way for long, or longer than the client waits
    unsigned twice;       // arrives twice
};

struct network {
    struct sim_service *service;
    struct network_faults faults;
    bool unique_names;
    uint64_t transfers; // sent since the world began
    uint64_t writes;    // of these, writes to the API
    int64_t created_ms; // when a creation arrived last
    char *bearer;       // the token that came last
    char *cloud_text;   // what /_sim/cloud said last
    json_t *cloud;      // and the same, parsed
};

struct network *network_new(struct world *world);
void network_free(struct network *network);

// Sends the transfer (taken over) for the daemon as it runs now; its result comes later, unless
// that daemon is dead by then.
void network_send(struct world *world, struct transfer *transfer);

// The simulator's own door (/_sim/…): what a console user or the weather does. Fails the world
// unless the answer is 2xx; the body is the caller's to free.
// All that is in the cloud, as /_sim/cloud shows it: borrowed until the next call.
const json_t *network_cloud(struct world *world);
char *network_admin(struct world *world, const char *method, const char *target, const char *body);
