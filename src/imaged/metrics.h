// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The metrics, as a table: what /metrics says, and what the manual says about it. Pure: the numbers
// are handed in, the text comes out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine.h"
#include "core/text.h"
#include "imaged/counters.h"
#include "imaged/process.h"
#include "imaged/recorder.h"
#include "numspot/client.h"

// All borrowed.
struct metric_sources {
    const char *version;
    const char *mode;
    bool ready;
    int64_t started_wall_ms;
    struct instant now;
    struct engine_summary summary;
    size_t images[STATE_COUNT][REASON_COUNT];
    int64_t oldest_wall_ms[REASON_COUNT]; // since when the pending image that is so longest has
                                          // this reason; 0: none has it
    struct client_statistics client;
    const struct tally *tally;
    const struct counters *counters;
    const struct histogram *turns;
    const struct recorder_statistics *record;
    struct process_figures process;
    size_t followers;
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_LABELS 2

struct metric_sink;

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

// All of them, in Prometheus' text format. Adds.
void metrics_write(const struct metric_sources *sources, struct text *out);
