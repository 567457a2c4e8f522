// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Random numbers that a seed decides: the same seed gives the same ids, tokens and faults, on every
// machine. Not for secrets. The streams of one seed are independent: a fault more or less does not
// change the id of the next image.

#include <stdint.h>

enum sim_random_stream {
    SIM_RANDOM_IDS = 1,
    SIM_RANDOM_TOKENS,
    SIM_RANDOM_FAULTS,
};

struct sim_random {
    uint64_t state;
};

void sim_random_init(struct sim_random *random, uint64_t seed, enum sim_random_stream stream);

uint64_t sim_random_next(struct sim_random *random);

// At least 0, below 1.
double sim_random_unit(struct sim_random *random);
