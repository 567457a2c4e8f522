// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/instant.h"
#include "core/rate.h"

#define TOKEN INT64_C(1000000)

// So that no product below overflows: a million tokens, or a million a second, are as good as no
// limit.
#define LARGEST INT64_C(1000000)

static int64_t clamp(int64_t value, int64_t minimum, int64_t maximum)
{
    if (value < minimum)
        return minimum;
    return value > maximum ? maximum : value;
}

void rate_init(struct rate *rate, int64_t burst, int64_t milli_per_second)
{
    rate->capacity = clamp(burst, 1, LARGEST) * TOKEN;
    rate->available = rate->capacity;
    rate->milli_per_second = clamp(milli_per_second, 0, LARGEST * 1000);
    rate->at_ms = 0;
}

// How long until `amount` has come in, rounded up. Only called with a speed.
static int64_t time_for(const struct rate *rate, int64_t amount)
{
    return (amount + rate->milli_per_second - 1) / rate->milli_per_second;
}

static int64_t available_at(const struct rate *rate, int64_t now_ms)
{
    if (now_ms <= rate->at_ms || rate->milli_per_second == 0)
        return rate->available;
    uint64_t elapsed_ms = (uint64_t)now_ms - (uint64_t)rate->at_ms;
    if (elapsed_ms >= (uint64_t)time_for(rate, rate->capacity - rate->available))
        return rate->capacity;
    return rate->available + (int64_t)elapsed_ms * rate->milli_per_second;
}

static void advance(struct rate *rate, int64_t now_ms)
{
    rate->available = available_at(rate, now_ms);
    rate->at_ms = now_ms;
}

bool rate_take(struct rate *rate, int64_t now_ms)
{
    advance(rate, now_ms);
    if (rate->available < TOKEN)
        return false;
    rate->available -= TOKEN;
    return true;
}

int64_t rate_next(const struct rate *rate, int64_t now_ms)
{
    int64_t available = available_at(rate, now_ms);
    if (available >= TOKEN)
        return now_ms;
    if (rate->milli_per_second == 0)
        return INSTANT_NEVER;
    int64_t wait_ms = time_for(rate, TOKEN - available);
    return now_ms > INSTANT_NEVER - wait_ms ? INSTANT_NEVER : now_ms + wait_ms;
}

void rate_set_speed(struct rate *rate, int64_t milli_per_second, int64_t now_ms)
{
    advance(rate, now_ms);
    rate->milli_per_second = clamp(milli_per_second, 0, LARGEST * 1000);
}

void rate_drain(struct rate *rate, int64_t now_ms)
{
    rate->at_ms = now_ms;
    rate->available = 0;
}
