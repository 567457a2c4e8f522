// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the daemon counts of its own doing since it started, beside what the parts count themselves.
// Pure: it looks at effects and answers as they pass.
#pragma once

#include <stdint.h>

#include "core/effects.h"
#include "core/engine.h"
#include "core/histogram.h"
#include "core/instant.h"
#include "core/report.h"
#include "core/state.h"

// Embedded; {0} is a fresh start.
struct counters {
    uint64_t changes[STATE_COUNT][REASON_COUNT]; // images that came into that state
    uint64_t events[REPORT_COUNT];
    uint64_t summarised[REPORT_COUNT]; // of these, told of by a summary only
    uint64_t retries;            // writes that left for an image whose attempt before had failed
    struct histogram resyncs;    // full lists, from the wish to the answer
    int64_t resync_asked_ms;     // monotonic; 0: none is under way
    int64_t resync_done_wall_ms; // 0: not yet
};

// What one turn of the engine wants; before it is carried out.
void counters_effects(struct counters *counters, const struct effects *effects,
    const struct engine *engine, struct instant now);

// An event that the daemon itself tells of.
void counters_event(struct counters *counters, enum report_kind kind);

// An answer, before the engine takes it.
void counters_answer(struct counters *counters, const struct answer *answer, struct instant now);
