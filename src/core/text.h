// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A growing text: the one way to build a string of unknown length.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

// Always NUL-terminated once something was appended; `bytes` is NULL before. Initialise with {0}.
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
};

void text_append(struct text *text, const char *addition);
void text_append_n(struct text *text, const char *addition, size_t length);
void text_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

// The text so far, never NULL; borrowed until the next call.
const char *text_string(const struct text *text);

// Hands the bytes over to the caller (never NULL) and leaves the text empty.
char *text_steal(struct text *text) CHECK_RESULT;

// Cuts it to that length, if it is longer.
void text_truncate(struct text *text, size_t length);

// Drops the content and keeps the memory.
void text_clear(struct text *text);

// Frees; also for CLEANUP(text_deinit).
void text_deinit(struct text *text);

// Whether two texts read the same. None (NULL) is like none, and like no other.
bool text_equal(const char *one, const char *other);
