// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Turns reports into log messages, by the table of events, and floods of them into summaries
// (core/report_limit.h).
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "core/report.h"
#include "core/report_limit.h"
#include "imaged/counters.h"

// Embedded; zeroed before reporter_start.
struct reporter {
    struct report_limit limit;
    uv_timer_t due; // when a summary is
    bool closed;
    struct counters *counters; // of summaries, and of what they stand for
};

void reporter_start(struct reporter *reporter, uv_loop_t *loop, struct counters *counters);

// Tells it, or counts it for a summary.
void reporter_tell(struct reporter *reporter, const struct report *report);

// Tells all summaries now, due or not: before the end.
void reporter_flush(struct reporter *reporter);

// Nothing is told by itself at a later time any more. What comes until the end is for one more
// reporter_flush, after which reporter_deinit frees what is kept.
void reporter_close(struct reporter *reporter);
void reporter_deinit(struct reporter *reporter);

// A report of the daemon's own, about no image; never summarised.
void reporter_say(enum report_kind kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
