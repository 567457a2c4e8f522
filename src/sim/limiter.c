// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A token bucket, in whole numbers: the same on every machine.

#include "config.h"

#include "sim/limiter.h"

#define REQUEST                                                                                    \
    1000 // in the bucket's units: `rate` requests a second are `rate` units a millisecond

void sim_limiter_init(struct sim_limiter *limiter, int64_t rate)
{
    *limiter = (struct sim_limiter){.rate = rate, .level = rate * REQUEST};
}

bool sim_limiter_take(struct sim_limiter *limiter, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - limiter->last_ms;
    int64_t full = limiter->rate * REQUEST;

    if (limiter->rate == 0) {
        return true;
    }
    limiter->last_ms = now_ms;
    limiter->level = elapsed_ms >= 1000 ? full : limiter->level + elapsed_ms * limiter->rate;
    if (limiter->level > full) {
        limiter->level = full;
    }
    if (limiter->level < REQUEST) {
        return false;
    }
    limiter->level -= REQUEST;
    return true;
}
