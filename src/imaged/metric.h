// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of metrics: what there is, for those who write it (metrics.h) and for the manual.
#pragma once

#include <stddef.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_LABELS 2

struct metric_sink;
struct metric_sources;

struct metric {
    const char *name;
    enum metric_type type;
    const char *labels[METRIC_LABELS]; // their names
    const char *help;                  // one sentence
    void (*collect)(const struct metric_sources *sources, struct metric_sink *sink);
};

extern const struct metric metrics[];
extern const size_t metric_count;

const char *metric_type_name(enum metric_type type); // "counter"
