// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <time.h>

#include "imaged/clock.h"

#define LONGEST_WAIT_MS 60000

static int64_t milliseconds(clockid_t which)
{
    struct timespec time = {0};
    clock_gettime(which, &time); // cannot fail with clocks that Linux has
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct instant clock_now(void)
{
    return (struct instant){
        .monotonic_ms = milliseconds(CLOCK_BOOTTIME),
        .wall_ms = milliseconds(CLOCK_REALTIME),
    };
}

uint64_t clock_wait_ms(int64_t monotonic_ms)
{
    int64_t now_ms = clock_now().monotonic_ms;
    if (monotonic_ms <= now_ms)
        return 1;
    return monotonic_ms - now_ms < LONGEST_WAIT_MS ? (uint64_t)(monotonic_ms - now_ms)
                                                   : LONGEST_WAIT_MS;
}
