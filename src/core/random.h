// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Repeatable randomness for jitter and for tests: xoshiro256**, whose whole state is explicit, so
// that a run can be played again from its seed. Never for secrets.
#pragma once

#include <stdint.h>

// Embedded; holds no resources.
struct random {
    uint64_t state[4];
};

// Any seed is a good one, 0 as well.
void random_init(struct random *random, uint64_t seed);

// 64 random bits.
uint64_t random_next(struct random *random);

// Evenly from 0 to `bound` - 1; 0 when the bound is 0.
uint64_t random_below(struct random *random, uint64_t bound);
