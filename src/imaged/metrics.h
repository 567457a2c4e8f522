// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What /metrics says. Pure: the numbers are handed in, the text comes out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine.h"
#include "core/text.h"
#include "imaged/counters.h"
#include "imaged/metric.h"
#include "imaged/process.h"
#include "numspot/client.h"

struct recorder_statistics;

// All borrowed.
struct metric_sources {
    const char *version;
    const char *mode;
    bool ready;
    bool leader;
    int64_t started_wall_ms;
    struct instant now;
    struct engine_summary summary;
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

// All of them, in Prometheus' text format. Adds.
void metrics_write(const struct metric_sources *sources, struct text *out);
