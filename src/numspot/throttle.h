// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How fast requests may leave: a token bucket whose speed gives way when the cloud says 429, and a
// time before which nothing leaves at all. Times are monotonic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/random.h"
#include "core/rate.h"

// A hold without a Retry-After: 1 s after the first 429, growing to a minute.
#define THROTTLE_HOLD_MINIMUM_MS 1000
#define THROTTLE_HOLD_MAXIMUM_MS (60 * 1000)
// No hold is longer, whatever was asked for and whatever the clock does.
#define THROTTLE_HOLD_LIMIT_MS (60 * 60 * 1000)
// Requests that were under way together and all got 429 slow down once.
#define THROTTLE_SLOWER_EVERY_MS   1000
#define THROTTLE_FASTER_EVERY_MS   (10 * 1000)
#define THROTTLE_SLOWEST_DIVISOR   16
#define THROTTLE_FASTER_BY_DIVISOR 10

// Embedded; holds no resources.
struct throttle {
    struct rate rate;
    int64_t full_milli;      // thousandths of a request a second, as configured
    int64_t milli;           // at present
    int64_t slower_again_ms; // a 429 before this does not slow down again
    int64_t faster_at_ms;    // when the speed grows again, if it is not full
    int64_t not_before_ms;
    unsigned in_row; // 429 without a good answer between
    struct random random;
};

// `per_second` and `burst` under 1 count as 1.
void throttle_init(struct throttle *throttle, int64_t per_second, int64_t burst, uint64_t seed);

// New limits; a hold stays.
void throttle_set_limits(
    struct throttle *throttle, int64_t per_second, int64_t burst, int64_t now_ms);

// Bounds a hold that a clock which jumped back made longer than any is. To be called before any
// other question of the same moment.
void throttle_advance(struct throttle *throttle, int64_t now_ms);

// Whether a request may leave now; takes its token.
bool throttle_take(struct throttle *throttle, int64_t now_ms);

// When the next may leave; a time in the past means at once.
int64_t throttle_next(const struct throttle *throttle);

// How long nothing may leave, in ms.
int64_t throttle_held_ms(const struct throttle *throttle, int64_t now_ms);

// The cloud asked to wait so long (0: it did not say): nothing leaves until then.
void throttle_hold(struct throttle *throttle, int64_t wait_ms, int64_t now_ms);

// It said 429: a hold, and half the speed.
void throttle_slow_down(struct throttle *throttle, int64_t wait_ms, int64_t now_ms);

// It answered something else.
void throttle_answered(struct throttle *throttle);
