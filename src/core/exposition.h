// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Prometheus' text format 0.0.4: how numbers are told to those who collect them. Knows no numbers
// of its own. Source: https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <stddef.h>

#include "core/histogram.h"
#include "core/text.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition_label {
    const char *name;
    const char *value; // any text
};

struct exposition_labels {
    const struct exposition_label *items;
    size_t count;
};

// The two lines that begin a metric; `type` is "counter", "gauge" or "histogram".
void exposition_begin(struct text *out, const char *name, const char *type, const char *help);

void exposition_number(
    struct text *out, const char *name, struct exposition_labels labels, double value);

// All lines of one histogram: buckets, sum and count.
void exposition_histogram(struct text *out, const char *name, struct exposition_labels labels,
    const struct histogram *histogram);
