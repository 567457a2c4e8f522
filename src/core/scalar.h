// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a text means where a boolean, an integer or a duration is expected, and how such values are
// written again.
#pragma once

#include <stdint.h>

#include "core/attributes.h"
#include "core/image.h"

struct text;

enum scalar_result {
    SCALAR_GOOD,
    SCALAR_MALFORMED,
    SCALAR_UNITLESS, // of a duration: a bare number
    SCALAR_TOO_LARGE,
};

// `true` or `false`, nothing else.
enum scalar_result scalar_read_boolean(const char *text, enum boolean *value) CHECK_RESULT;

// Decimal digits, with a minus sign if need be, without leading zeros. Touches `value` only when
// good, as all here.
enum scalar_result scalar_read_integer(const char *text, int64_t *value) CHECK_RESULT;

// A whole number and a unit, as `90s`: ms, s, m, h or d.
enum scalar_result scalar_read_duration(const char *text, int64_t *value_ms) CHECK_RESULT;

// In the largest unit that loses nothing: 90000 is "90s".
void scalar_write_duration(struct text *out, int64_t value_ms);

const char *scalar_boolean_name(enum boolean value); // "true", "false"; "" when absent
