// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "imagectl/age.h"

#define MINUTE    60
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)
#define MANY_DAYS (100 * DAY)

void age_format(int64_t ms, char out[AGE_SIZE])
{
    int64_t s = ms < 0 ? 0 : ms / 1000;
    if (s < MINUTE)
        snprintf(out, AGE_SIZE, "%" PRId64 "s", s);
    else if (s < HOUR)
        snprintf(out, AGE_SIZE, "%" PRId64 "m%02" PRId64 "s", s / MINUTE, s % MINUTE);
    else if (s < DAY)
        snprintf(out, AGE_SIZE, "%" PRId64 "h%02" PRId64 "m", s / HOUR, s % HOUR / MINUTE);
    else if (s < MANY_DAYS)
        snprintf(out, AGE_SIZE, "%" PRId64 "d%02" PRId64 "h", s / DAY, s % DAY / HOUR);
    else
        snprintf(out, AGE_SIZE, "%" PRId64 "d", s / DAY);
}

void age_format_ahead(int64_t ms, char out[AGE_SIZE])
{
    if (ms <= 0) {
        snprintf(out, AGE_SIZE, "now");
        return;
    }
    // Rounded up: what is due in half a second is not due now.
    char span[AGE_SIZE];
    age_format(ms > INT64_MAX - 999 ? ms : ms + 999, span);
    snprintf(out, AGE_SIZE, "in %.*s", AGE_SIZE - 4, span);
}
