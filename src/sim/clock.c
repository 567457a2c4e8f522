// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The one place where the simulator reads a clock.

#include "config.h"

#include "sim/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sim_clock_init(struct sim_clock *clock)
{
    clock->offset_ms = read_ms(CLOCK_REALTIME) - read_ms(CLOCK_MONOTONIC);
}

int64_t sim_clock_now_ms(const struct sim_clock *clock)
{
    return read_ms(CLOCK_MONOTONIC) + clock->offset_ms;
}
