// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/backoff.h"
#include "numspot/throttle.h"

// So that thousandths fit; more is as good as no limit.
#define PER_SECOND_LIMIT 1000000

static int64_t milli_of(int64_t per_second)
{
    if (per_second < 1)
        per_second = 1;
    return (per_second > PER_SECOND_LIMIT ? PER_SECOND_LIMIT : per_second) * 1000;
}

void throttle_init(struct throttle *throttle, int64_t per_second, int64_t burst, uint64_t seed)
{
    *throttle = (struct throttle){.full_milli = milli_of(per_second)};
    throttle->milli = throttle->full_milli;
    throttle->slower_again_ms = INT64_MIN;
    throttle->not_before_ms = INT64_MIN;
    rate_init(&throttle->rate, burst, throttle->milli);
    random_init(&throttle->random, seed);
}

// What was there of the old burst is what there is of the new: a reload gives no second burst.
void throttle_set_limits(
    struct throttle *throttle, int64_t per_second, int64_t burst, int64_t now_ms)
{
    rate_set_speed(&throttle->rate, throttle->milli, now_ms);
    int64_t available = throttle->rate.available;
    throttle->full_milli = milli_of(per_second);
    throttle->milli = throttle->full_milli;
    rate_init(&throttle->rate, burst, throttle->milli);
    throttle->rate.at_ms = now_ms;
    if (available < throttle->rate.available)
        throttle->rate.available = available;
}

static void recover(struct throttle *throttle, int64_t now_ms)
{
    while (throttle->milli < throttle->full_milli && now_ms >= throttle->faster_at_ms) {
        throttle->milli += throttle->full_milli / THROTTLE_FASTER_BY_DIVISOR;
        if (throttle->milli > throttle->full_milli)
            throttle->milli = throttle->full_milli;
        rate_set_speed(&throttle->rate, throttle->milli, now_ms);
        throttle->faster_at_ms += THROTTLE_FASTER_EVERY_MS;
    }
}

void throttle_advance(struct throttle *throttle, int64_t now_ms)
{
    if (throttle_held_ms(throttle, now_ms) > THROTTLE_HOLD_LIMIT_MS)
        throttle->not_before_ms = now_ms + THROTTLE_HOLD_LIMIT_MS;
}

bool throttle_take(struct throttle *throttle, int64_t now_ms)
{
    throttle_advance(throttle, now_ms);
    recover(throttle, now_ms);
    return now_ms >= throttle->not_before_ms && rate_take(&throttle->rate, now_ms);
}

int64_t throttle_next(const struct throttle *throttle)
{
    int64_t next_ms = rate_next(&throttle->rate, throttle->rate.at_ms);
    return next_ms > throttle->not_before_ms ? next_ms : throttle->not_before_ms;
}

int64_t throttle_held_ms(const struct throttle *throttle, int64_t now_ms)
{
    return throttle->not_before_ms > now_ms ? throttle->not_before_ms - now_ms : 0;
}

void throttle_hold(struct throttle *throttle, int64_t wait_ms, int64_t now_ms)
{
    if (wait_ms <= 0)
        wait_ms = backoff_delay(throttle->in_row, THROTTLE_HOLD_MINIMUM_MS,
            THROTTLE_HOLD_MAXIMUM_MS, &throttle->random);
    if (wait_ms > THROTTLE_HOLD_LIMIT_MS)
        wait_ms = THROTTLE_HOLD_LIMIT_MS;
    if (now_ms + wait_ms > throttle->not_before_ms)
        throttle->not_before_ms = now_ms + wait_ms;
}

void throttle_slow_down(struct throttle *throttle, int64_t wait_ms, int64_t now_ms)
{
    recover(throttle, now_ms);
    if (now_ms >= throttle->slower_again_ms ||
        throttle->slower_again_ms - now_ms > THROTTLE_SLOWER_EVERY_MS) {
        int64_t slowest = throttle->full_milli / THROTTLE_SLOWEST_DIVISOR;
        throttle->milli = throttle->milli / 2 > slowest ? throttle->milli / 2 : slowest;
        throttle->slower_again_ms = now_ms + THROTTLE_SLOWER_EVERY_MS;
        throttle->in_row++;
        rate_set_speed(&throttle->rate, throttle->milli, now_ms);
        rate_drain(&throttle->rate, now_ms);
    }
    throttle_hold(throttle, wait_ms, now_ms);
    throttle->faster_at_ms = throttle->not_before_ms + THROTTLE_FASTER_EVERY_MS;
}

void throttle_answered(struct throttle *throttle)
{
    throttle->in_row = 0;
}
