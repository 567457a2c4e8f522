// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One seed's world from its beginning to its end: trouble for some hours, then calm, in which cloud
// and directory must come to agree, and then nothing more must be written.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct run_result {
    bool failed;
    char failure[1024];
    int64_t simulated_ms;
    uint64_t steps;
    uint64_t transfers;
    uint64_t writes;
    uint64_t lives; // of the daemon
};

struct run_result run_seed(uint64_t seed, bool tracing);
