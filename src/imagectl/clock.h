// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What time it is, and what a clock on the wall shows.
#pragma once

#include <stdint.h>

int64_t clock_wall_ms(void);      // since 1970-01-01 UTC
int64_t clock_monotonic_ms(void); // counts while the machine is suspended

// "2026-11-25 11:00:00", in the time zone of whoever asks.
#define CLOCK_LOCAL_SIZE 32
void clock_format_local(int64_t wall_ms, char out[CLOCK_LOCAL_SIZE]);
