// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/instant.h"
#include "core/memory.h"
#include "core/report_limit.h"
#include "core/text.h"

static void close_window(struct report_window *window)
{
    free(window->first);
    free(window->last);
    free(window->text);
    *window = (struct report_window){0};
}

void report_limit_deinit(struct report_limit *limit)
{
    for (size_t kind = 0; kind < REPORT_COUNT; kind++)
        close_window(&limit->windows[kind]);
}

static size_t reason_of(const struct report *report)
{
    int reason = report->reason == NULL ? -1 : reason_from_name(report->reason);
    return report_row(report->kind)->by_reason && reason >= 0 ? (size_t)reason : REASON_COUNT;
}

static void leave_out(struct report_window *window, const struct report *report, size_t reason)
{
    window->left_out[reason]++;
    window->total++;
    if (window->first == NULL)
        window->first = memory_text(report->name);
    memory_replace_text(&window->last, report->name);
    memory_replace_text(&window->text, report->text);
}

bool report_limit_pass(struct report_limit *limit, const struct report *report, int64_t now_ms)
{
    unsigned burst = report_row(report->kind)->burst;
    struct report_window *window = &limit->windows[report->kind];
    if (burst == 0)
        return true;
    // One that left something out stays open until its summary was fetched.
    if (window->end_ms <= now_ms && window->total == 0)
        *window = (struct report_window){.end_ms = now_ms + REPORT_WINDOW_MS};
    size_t reason = reason_of(report);
    if (window->told[reason] < burst) {
        window->told[reason]++;
        return true;
    }
    leave_out(window, report, reason);
    return false;
}

int64_t report_limit_due(const struct report_limit *limit)
{
    int64_t due_ms = INSTANT_NEVER;
    for (size_t kind = 0; kind < REPORT_COUNT; kind++) {
        const struct report_window *window = &limit->windows[kind];
        if (window->total > 0 && window->end_ms < due_ms)
            due_ms = window->end_ms;
    }
    return due_ms;
}

static void write_reasons(const struct report_window *window, struct text *out)
{
    const char *separator = ": ";
    for (size_t reason = 0; reason < REASON_COUNT; reason++) {
        if (window->left_out[reason] == 0)
            continue;
        text_format(
            out, "%s%zu %s", separator, window->left_out[reason], reason_name((enum reason)reason));
        separator = ", ";
    }
}

static void summarise(
    enum report_kind kind, const struct report_window *window, struct report *summary)
{
    struct text text = {0};
    *summary = (struct report){.kind = REPORT_SUMMARY, .of = kind};
    if (window->total == 1) {
        summary->text = memory_format("and one more: %s", window->text);
        return;
    }
    text_format(&text, "and %zu more %s within %d s", window->total, report_row(kind)->many,
        REPORT_WINDOW_MS / 1000);
    write_reasons(window, &text);
    if (window->first != NULL && window->last != NULL)
        text_format(&text, "; from %s to %s", window->first, window->last);
    text_format(&text, "; the last one: %s", window->text);
    summary->text = text_steal(&text);
}

bool report_limit_summary(struct report_limit *limit, int64_t now_ms, struct report *summary)
{
    for (size_t kind = 0; kind < REPORT_COUNT; kind++) {
        struct report_window *window = &limit->windows[kind];
        if (window->total == 0 || window->end_ms > now_ms)
            continue;
        summarise((enum report_kind)kind, window, summary);
        close_window(window);
        return true;
    }
    return false;
}
