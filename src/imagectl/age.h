// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Spans of time in a few characters, for people: never longer than AGE_SIZE says.
#pragma once

#include <stdint.h>

#define AGE_SIZE 24 // with NUL

// "7s", "12m04s", "3h05m", "4d02h", "120d"; what is negative is "0s".
void age_format(int64_t ms, char out[AGE_SIZE]);

// "in 12m04s"; "now" for what is due.
void age_format_ahead(int64_t ms, char out[AGE_SIZE]);
