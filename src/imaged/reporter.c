// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/instant.h"
#include "imaged/clock.h"
#include "imaged/reporter.h"
#include "io/log.h"

static const enum log_level levels[] = {
    [REPORT_ERROR] = LOG_LEVEL_ERROR,
    [REPORT_WARNING] = LOG_LEVEL_WARNING,
    [REPORT_NOTICE] = LOG_LEVEL_NOTICE,
    [REPORT_INFO] = LOG_LEVEL_INFO,
    [REPORT_DEBUG] = LOG_LEVEL_DEBUG,
};

static void log_report(const struct report *report)
{
    struct log_fields fields = {
        .message_id = report_row(report->kind)->message_id,
        .image_name = report->name,
        .image_id = report->image_id,
        .image_state = report->state,
        .image_reason = report->reason,
        .declaration_file = report->file,
        .request_id = report->cloud_request_id,
    };
    log_message(levels[report_level(report)], &fields, "%s", report->text);
}

static void tell_summaries(struct reporter *reporter, int64_t now_ms)
{
    struct report summary;
    while (report_limit_summary(&reporter->limit, now_ms, &summary)) {
        counters_event(reporter->counters, summary.kind);
        log_report(&summary);
        report_deinit(&summary);
    }
}

static void arm(struct reporter *reporter);

static void summary_due(uv_timer_t *timer)
{
    struct reporter *reporter = timer->data;
    tell_summaries(reporter, clock_now().monotonic_ms);
    arm(reporter);
}

static void arm(struct reporter *reporter)
{
    int64_t due_ms = report_limit_due(&reporter->limit);
    if (reporter->closed || due_ms == INSTANT_NEVER)
        return;
    int64_t wait_ms = due_ms - clock_now().monotonic_ms;
    uv_timer_start(&reporter->due, summary_due, wait_ms < 0 ? 0 : (uint64_t)wait_ms, 0);
}

void reporter_start(struct reporter *reporter, uv_loop_t *loop, struct counters *counters)
{
    reporter->counters = counters;
    uv_timer_init(loop, &reporter->due);
    reporter->due.data = reporter;
}

void reporter_tell(struct reporter *reporter, const struct report *report)
{
    if (report_limit_pass(&reporter->limit, report, clock_now().monotonic_ms)) {
        log_report(report);
        return;
    }
    reporter->counters->summarised[report->kind]++;
    if (!reporter->closed && !uv_is_active((uv_handle_t *)&reporter->due))
        arm(reporter);
}

void reporter_flush(struct reporter *reporter)
{
    tell_summaries(reporter, INSTANT_NEVER);
}

void reporter_close(struct reporter *reporter)
{
    reporter->closed = true;
    uv_close((uv_handle_t *)&reporter->due, NULL);
}

void reporter_deinit(struct reporter *reporter)
{
    report_limit_deinit(&reporter->limit);
}

void reporter_say(enum report_kind kind, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct report report = {.kind = kind, .text = text};
    log_report(&report);
}
