// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// SplitMix64: one word of state, and good enough to draw ids and faults from.

#include "config.h"

#include "sim/random.h"

void sim_random_init(struct sim_random *random, uint64_t seed, enum sim_random_stream stream)
{
    random->state = seed;
    random->state = sim_random_next(random) ^ ((uint64_t)stream << 32);
}

uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

double sim_random_unit(struct sim_random *random)
{
    return (double)(sim_random_next(random) >> 11) * 0x1.0p-53;
}
