// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Bounds how many reports of one kind are told by themselves when very many things happen at once:
// the first ones are, the others are counted, and one summary stands for them when the window ends.
// The bound is the kind's `burst` in the table of reports, for each reason apart, so that a rare
// reason is told in the middle of a flood of another. Kinds without a burst are always told. Pure:
// whoever tells asks here first, and comes back when a summary is due. Nothing is lost by it, for
// the history has every change of an image.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/report.h"
#include "core/state.h"

#define REPORT_WINDOW_MS 30000 // as long as the one in which journald counts by default

// What a window of one kind has seen. Private to the module.
struct report_window {
    int64_t end_ms;                    // monotonic; 0: none is open
    unsigned told[REASON_COUNT + 1];   // by reason; the last is for reports without one
    size_t left_out[REASON_COUNT + 1]; // likewise
    size_t total;                      // of those left out
    char *first;                       // names, or NULL
    char *last;
    char *text; // of the last one
};

// Embedded; {0} is a fresh one.
struct report_limit {
    struct report_window windows[REPORT_COUNT];
};

void report_limit_deinit(struct report_limit *limit);

// Whether the report is to be told by itself; else it is in a later summary, and may be freed.
bool report_limit_pass(struct report_limit *limit, const struct report *report, int64_t now_ms);

// Monotonic: when report_limit_summary has something to tell; INSTANT_NEVER: nothing was left out.
int64_t report_limit_due(const struct report_limit *limit);

// The next summary that is due; false: there is none. With INSTANT_NEVER for the time, all are due:
// before the end. The caller frees the summary by report_deinit.
bool report_limit_summary(struct report_limit *limit, int64_t now_ms, struct report *summary);
