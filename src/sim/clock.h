// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The program's clock: the time of day when it was set, and from there on a steady one, so that the
// service's time does not jump when the system's is set.

#include <stdint.h>

struct sim_clock {
    int64_t offset_ms; // from the steady clock to the time of day
};

void sim_clock_init(struct sim_clock *clock);

// Milliseconds since 1970.
int64_t sim_clock_now_ms(const struct sim_clock *clock);
