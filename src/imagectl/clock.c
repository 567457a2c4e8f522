// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <time.h>

#include "imagectl/clock.h"

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ms(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

void clock_format_local(int64_t wall_ms, char out[CLOCK_LOCAL_SIZE])
{
    struct tm local;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (localtime_r(&seconds, &local) == NULL ||
        strftime(out, CLOCK_LOCAL_SIZE, "%Y-%m-%d %H:%M:%S", &local) == 0)
        out[0] = '\0';
}
