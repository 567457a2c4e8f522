// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A token bucket: over any stretch of t seconds at most `burst + speed * t` are taken. Pure; time
// is a parameter, in ms of the monotonic clock. A clock that jumps forward fills the bucket and no
// more; one that jumps back neither fills nor stalls it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Embedded; holds no resources.
struct rate {
    int64_t capacity;         // in millionths of a token
    int64_t available;        // likewise
    int64_t milli_per_second; // thousandths of a token a second, which is millionths a millisecond
    int64_t at_ms;            // when `available` was true
};

// A full bucket for `burst` tokens (at least 1), refilled with `milli_per_second` thousandths of a
// token a second (10 a second: 10000; 0: never).
void rate_init(struct rate *rate, int64_t burst, int64_t milli_per_second);

// Takes a token if there is one.
bool rate_take(struct rate *rate, int64_t now_ms);

// When the next token is there: `now_ms` when it is, INSTANT_NEVER when it never will be.
int64_t rate_next(const struct rate *rate, int64_t now_ms);

// Changes the speed from now on; what is in the bucket stays.
void rate_set_speed(struct rate *rate, int64_t milli_per_second, int64_t now_ms);

// Takes all tokens that are there.
void rate_drain(struct rate *rate, int64_t now_ms);
