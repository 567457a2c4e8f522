// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Errors as values: one message, filled where the failure is seen, prefixed on its way up.

#include "config.h"

#include "sim/error.h"

#include <stdarg.h>
#include <stdio.h>

int sim_error_set(struct sim_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return -1;
}

void sim_error_prefix(struct sim_error *error, const char *format, ...)
{
    char text[2 * sizeof error->message];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof error->message) {
        snprintf(text + length, sizeof text - (size_t)length, ": %.511s", error->message);
        sim_error_set(error, "%s", text);
    }
}
