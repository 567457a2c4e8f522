// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Turns the engine's reports into log messages, by the table of events.
#pragma once

#include "core/report.h"

void reporter_tell(const struct report *report);

// A report of the daemon's own, about no image.
void reporter_say(enum report_kind kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
