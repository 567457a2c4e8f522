// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Times and durations as text. Pure: no clock is read here.

#include "sim/error.h"

#include <stdint.h>

// Reads a duration with a unit, "250ms", "4s", "5m", "1h", "2d", into milliseconds.
// -1 when the text is not one, is negative or is longer than a century.
SIM_CHECK_RESULT int sim_calendar_duration(const char *text, int64_t *duration_ms);

// Microseconds since 1970 as "2024-10-21T19:33:21.964594Z", with `digits` (3 or 6) of fraction.
// To be freed with free().
char *sim_calendar_format(int64_t time_us, int digits);

// Reads an RFC 3339 date or date and time ("2026-08-10", "2026-08-10T08:00:00Z", any offset, up to
// six digits of fraction) into microseconds since 1970. -1 when the text is not one.
SIM_CHECK_RESULT int sim_calendar_parse(const char *text, int64_t *time_us);
