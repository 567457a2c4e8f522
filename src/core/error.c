// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"

static const char *const code_names[] = {
    [ERROR_NONE] = "none",
    [ERROR_INVALID] = "invalid",
    [ERROR_NOT_FOUND] = "not found",
    [ERROR_BUSY] = "busy",
    [ERROR_UNAVAILABLE] = "unavailable",
    [ERROR_FULL] = "full",
    [ERROR_CORRUPT] = "corrupt",
    [ERROR_REFUSED] = "refused",
    [ERROR_SYSTEM] = "system",
};

int error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (error == NULL)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof(error->message), format, arguments);
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
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    size_t length = strlen(error->message);
    snprintf(
        error->message + length, sizeof(error->message) - length, ": %s", strerror(errno_value));
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
    vsnprintf(error->message, sizeof(error->message), format, arguments);
    va_end(arguments);
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof(error->message) - length, ": %s", inner.message);
    return -1;
}

const char *error_code_name(enum error_code code)
{
    return code_names[code];
}
