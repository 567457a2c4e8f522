// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The simulated service as a whole, all but the socket: requests in, answers out, with whatever is
// told to go wrong. Pure: no I/O, no clock; one seed and one series of requests give one series of
// answers. A simulation with a clock of its own runs it in its own process.

#include "sim/error.h"
#include "sim/exchange.h"
#include "sim/scenario.h"

struct sim_service;

// How many requests the journal keeps.
#define SIM_SERVICE_JOURNAL 1000000

// NULL when the scenario's resources contradict each other. The scenario is copied.
struct sim_service *sim_service_new(
    const struct sim_scenario *scenario, uint64_t seed, int64_t now_ms, struct sim_error *error);
void sim_service_free(struct sim_service *service);

// Answers one request that comes at `now_ms` (since 1970; a time before the last one counts as the
// last one). `response` is initialised; what it says of verdict and delay is the caller's to do.
void sim_service_handle(struct sim_service *service, const struct sim_request *request,
    int64_t now_ms, struct sim_response *response);
