// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// A bound on requests a second: a bucket that holds one second's worth.

#include <stdbool.h>
#include <stdint.h>

struct sim_limiter {
    int64_t rate;  // a second; 0: no bound
    int64_t level; // in thousandths of a request
    int64_t last_ms;
};

void sim_limiter_init(struct sim_limiter *limiter, int64_t rate);

// Whether one more request fits at `now_ms`.
bool sim_limiter_take(struct sim_limiter *limiter, int64_t now_ms);
