// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"

// Formats into the message, and appends ": " and the rest, if there is one; both are cut to fit.
static void PRINTF_LIKE(3, 0)
    compose(struct error *error, const char *rest, const char *format, va_list arguments)
{
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    if (rest == NULL)
        return;
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof(error->message) - length, ": %s", rest);
}

int error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (error == NULL)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    compose(error, NULL, format, arguments);
    va_end(arguments);
    error->code = code;
    return -1;
}

int error_set_errno(
    struct error *error, enum error_code code, int errno_value, const char *format, ...)
{
    if (error == NULL)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    compose(error, strerror(errno_value), format, arguments);
    va_end(arguments);
    error->code = code;
    return -1;
}

int error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return -1;
    struct error inner = *error;
    va_list arguments;
    va_start(arguments, format);
    compose(error, inner.message, format, arguments);
    va_end(arguments);
    return -1;
}
