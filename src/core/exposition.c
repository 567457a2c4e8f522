// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/exposition.h"

#define LARGEST_EXACT_INTEGER 9007199254740992.0 // 2^53

// In help, quotes stand for themselves.
static void append_escaped(struct text *out, const char *from, bool in_quotes)
{
    for (; *from != '\0'; from++) {
        if (*from == '\n')
            text_append(out, "\\n");
        else if (*from == '\\')
            text_append(out, "\\\\");
        else if (*from == '"' && in_quotes)
            text_append(out, "\\\"");
        else
            text_append_n(out, from, 1);
    }
}

void exposition_begin(struct text *out, const char *name, const char *type, const char *help)
{
    text_format(out, "# HELP %s ", name);
    append_escaped(out, help, false);
    text_format(out, "\n# TYPE %s %s\n", name, type);
}

// As short as it can be without losing anything, whatever the locale.
static void append_value(struct text *out, double value)
{
    char digits[32];
    if (isnan(value)) {
        text_append(out, "NaN");
    } else if (isinf(value)) {
        text_append(out, value > 0 ? "+Inf" : "-Inf");
    } else if (value == trunc(value) && fabs(value) <= LARGEST_EXACT_INTEGER) {
        text_format(out, "%" PRId64, (int64_t)value);
    } else {
        for (int precision = 6; precision <= 17; precision++) {
            snprintf(digits, sizeof(digits), "%.*g", precision, value);
            if (strtod(digits, NULL) == value)
                break;
        }
        text_append(out, digits);
    }
}

static void append_label(struct text *out, const char *before, const char *name, const char *value)
{
    text_format(out, "%s%s=\"", before, name);
    append_escaped(out, value, true);
    text_append(out, "\"");
}

// With the bound of a bucket, or NULL.
static void append_labels(struct text *out, struct exposition_labels labels, const char *bound)
{
    const char *before = "{";
    for (size_t i = 0; i < labels.count; i++) {
        append_label(out, before, labels.items[i].name, labels.items[i].value);
        before = ",";
    }
    if (bound != NULL) {
        append_label(out, before, "le", bound);
        before = ",";
    }
    if (*before == ',')
        text_append(out, "}");
}

static void append_line(struct text *out, struct exposition_labels labels, double value)
{
    append_labels(out, labels, NULL);
    text_append(out, " ");
    append_value(out, value);
    text_append(out, "\n");
}

void exposition_number(
    struct text *out, const char *name, struct exposition_labels labels, double value)
{
    text_append(out, name);
    append_line(out, labels, value);
}

void exposition_histogram(struct text *out, const char *name, struct exposition_labels labels,
    const struct histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        char bound[32] = "+Inf";
        if (i < HISTOGRAM_BOUNDS)
            snprintf(bound, sizeof(bound), "%g", histogram_bounds_seconds[i]);
        count += histogram->buckets[i];
        text_format(out, "%s_bucket", name);
        append_labels(out, labels, bound);
        text_format(out, " %" PRIu64 "\n", count);
    }
    text_format(out, "%s_sum", name);
    append_line(out, labels, histogram->sum_seconds);
    text_format(out, "%s_count", name);
    append_line(out, labels, (double)count);
}
