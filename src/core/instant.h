// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A moment, by both clocks. The core reads no clock: whoever calls it says what time it is.
#pragma once

#include <stdint.h>

// Timers and back-off use the monotonic clock, so that a clock set back or forward neither stalls
// nor storms them. The wall clock is for what is shown to people, kept in the record, or compared
// with dates of the API.
struct instant {
    int64_t monotonic_ms; // since an arbitrary start; counts while the machine is suspended
    int64_t wall_ms;      // since 1970-01-01 UTC
};

#define INSTANT_NEVER INT64_MAX
