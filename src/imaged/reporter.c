// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "imaged/reporter.h"
#include "io/log.h"

static const enum log_level levels[] = {
    [REPORT_ERROR] = LOG_LEVEL_ERROR,
    [REPORT_WARNING] = LOG_LEVEL_WARNING,
    [REPORT_NOTICE] = LOG_LEVEL_NOTICE,
    [REPORT_INFO] = LOG_LEVEL_INFO,
    [REPORT_DEBUG] = LOG_LEVEL_DEBUG,
};

void reporter_tell(const struct report *report)
{
    const struct report_row *row = report_row(report->kind);
    struct log_fields fields = {
        .message_id = row->message_id,
        .image_name = report->name,
        .image_id = report->image_id,
        .image_state = report->state,
        .image_reason = report->reason,
        .declaration_file = report->file,
        .request_id = report->cloud_request_id,
    };
    log_message(levels[row->level], &fields, "%s", report->text);
}

void reporter_say(enum report_kind kind, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct report report = {.kind = kind, .text = text};
    reporter_tell(&report);
}
