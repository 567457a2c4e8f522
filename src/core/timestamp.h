// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Dates as the API and JSON write them (ISO 8601, RFC 3339) to and from milliseconds since
// 1970-01-01 UTC. Knows nothing of time zones, locales or clocks.
#pragma once

#include <stdint.h>

#include "core/attributes.h"

// A date of the Gregorian calendar, in UTC.
struct civil_time {
    int64_t year;
    int month; // from 1
    int day;   // from 1
    int hour;
    int minute;
    int second; // 60 is a leap second, and counts as the next one
    int millisecond;
};

// 0, or -1 when there is no such date (years 0 to 9999).
int civil_time_to_ms(const struct civil_time *civil, int64_t *epoch_ms) CHECK_RESULT;

// "2024-10-21T19:33:21.964594Z", "2010-10-01 12:34:56+02:00", "2026-08-10": T or a space, any
// number of decimals (what is below a millisecond is dropped), Z or an offset; without one it is
// UTC. 0, or -1 for anything else, `*epoch_ms` untouched.
int timestamp_parse(const char *text, int64_t *epoch_ms) CHECK_RESULT;

// "2024-10-21T19:33:21.964Z": always with milliseconds, so that texts sort as the times do. What is
// outside the years 0 to 9999 becomes the nearest time inside.
#define TIMESTAMP_SIZE 32
void timestamp_format(int64_t epoch_ms, char out[TIMESTAMP_SIZE]);
