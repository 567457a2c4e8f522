// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One seed's world from its beginning to its end: trouble for some hours, then calm, in which cloud
// and directory must come to agree, and then nothing more must be written.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "simulation/world.h"

struct run_result {
    bool failed;
    char failure[1024];
    const char *broken; // which promise; the same pointer for the same one. NULL: none
    int64_t simulated_ms;
    int64_t trouble_ms; // of these, until all was calm
    uint64_t steps;
    uint64_t transfers;
    uint64_t writes;
    uint64_t lives; // of the daemons
};

struct run_result run_world(const struct world_plan *plan);
