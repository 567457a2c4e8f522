// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Many worlds, by several processes: each takes every so many-th seed, and puts what it counted
// into memory that they share.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "simulation/coverage.h"

struct workers_plan {
    uint64_t first;
    uint64_t count;     // of seeds; 0: until stopped
    double seconds;     // no new world after so long; 0: no limit
    size_t jobs;        // processes
    bool going_on;      // after a failure
    bool interruptible; // SIGINT and SIGTERM end it, as if all were done
};

struct workers_result {
    uint64_t worlds;
    uint64_t failures;
    uint64_t first_failure; // the lowest seed that failed
    int64_t simulated_ms;
    uint64_t steps;
    uint64_t transfers;
    uint64_t writes;
    uint64_t lives;
    double seconds;
    bool stopped; // by a signal
    struct coverage coverage;
};

// Failures are told on standard output as they come. -1, with a message on standard error: the
// processes could not be started.
int workers_run(const struct workers_plan *plan, struct workers_result *result) CHECK_RESULT;
