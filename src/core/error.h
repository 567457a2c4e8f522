// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// An error is a value: a code that a program can act on and a sentence that a person can. Functions
// that can fail return 0 or -1 (or a pointer, NULL), and take the error last. Success leaves it
// untouched; failure always sets it.
#pragma once

#include <stdarg.h>

#include "core/attributes.h"

enum error_code {
    ERROR_NONE = 0,
    ERROR_INVALID,     // the input is wrong; trying again changes nothing
    ERROR_NOT_FOUND,   // what was named does not exist
    ERROR_BUSY,        // another process or operation holds it
    ERROR_UNAVAILABLE, // the other side is not there or not well; try again later
    ERROR_FULL,        // no space, no descriptors, no quota
    ERROR_CORRUPT,     // stored data cannot be understood
    ERROR_REFUSED,     // not allowed
    ERROR_SYSTEM,      // an operating system call failed
};

#define ERROR_MESSAGE_SIZE 512

// Embedded in the caller's frame; holds no resources. Initialise with {0}.
struct error {
    enum error_code code;
    char message[ERROR_MESSAGE_SIZE]; // UTF-8, one line, no trailing period; cut when too long
};

// Sets the error and returns -1, so that a failing function can `return error_set(…)`. `error` may
// be NULL.
int error_set(struct error *error, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);

// The same with the text of an errno value appended: "…: No such file or directory".
int error_set_errno(struct error *error, enum error_code code, int errno_value, const char *format,
    ...) PRINTF_LIKE(4, 5);

// Puts "prefix: " before the message, keeps the code, returns -1. `error` may be NULL here as well.
int error_prefix(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);
