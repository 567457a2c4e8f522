// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/ascii.h"
#include "core/scalar.h"
#include "core/text.h"

// The largest first, for writing.
static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

enum scalar_result scalar_read_boolean(const char *text, enum boolean *value)
{
    if (strcmp(text, "true") == 0)
        *value = BOOLEAN_TRUE;
    else if (strcmp(text, "false") == 0)
        *value = BOOLEAN_FALSE;
    else
        return SCALAR_MALFORMED;
    return SCALAR_GOOD;
}

const char *scalar_boolean_name(enum boolean value)
{
    return value == BOOLEAN_ABSENT ? "" : value == BOOLEAN_TRUE ? "true" : "false";
}

// The digits at the start, as a negative number: its range is the larger one. `*end` is what
// follows.
static enum scalar_result read_digits(const char *text, const char **end, int64_t *negative)
{
    if (!ascii_is_digit(text[0]) || (text[0] == '0' && ascii_is_digit(text[1])))
        return SCALAR_MALFORMED;
    enum scalar_result result = SCALAR_GOOD;
    int64_t value = 0;
    for (; ascii_is_digit(*text); text++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *text - '0', &value))
            result = SCALAR_TOO_LARGE;
    }
    *end = text;
    *negative = value;
    return result;
}

enum scalar_result scalar_read_integer(const char *text, int64_t *value)
{
    bool minus = text[0] == '-';
    const char *end = NULL;
    int64_t negative = 0;
    enum scalar_result result = read_digits(text + minus, &end, &negative);
    if (result == SCALAR_MALFORMED || *end != '\0')
        return SCALAR_MALFORMED;
    if (result == SCALAR_TOO_LARGE || (!minus && negative == INT64_MIN))
        return SCALAR_TOO_LARGE;
    *value = minus ? negative : -negative;
    return SCALAR_GOOD;
}

enum scalar_result scalar_read_duration(const char *text, int64_t *value_ms)
{
    const char *end = NULL;
    int64_t negative = 0;
    enum scalar_result result = read_digits(text, &end, &negative);
    if (result == SCALAR_MALFORMED)
        return result;
    if (*end == '\0')
        return SCALAR_UNITLESS;
    size_t unit = 0;
    while (unit < UNIT_COUNT && strcmp(units[unit].name, end) != 0)
        unit++;
    if (unit == UNIT_COUNT)
        return SCALAR_MALFORMED;
    int64_t value = 0;
    if (result == SCALAR_TOO_LARGE || __builtin_mul_overflow(negative, -units[unit].ms, &value))
        return SCALAR_TOO_LARGE;
    *value_ms = value;
    return SCALAR_GOOD;
}

void scalar_write_duration(struct text *out, int64_t value_ms)
{
    size_t unit = 0;
    while (value_ms % units[unit].ms != 0)
        unit++;
    if (value_ms == 0)
        text_append(out, "0s");
    else
        text_format(out, "%" PRId64 "%s", value_ms / units[unit].ms, units[unit].name);
}
