// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// A text that grows: what answers are put together in.

#include <stddef.h>

struct sim_text {
    char *data; // NUL-terminated once something was appended
    size_t length;
    size_t capacity;
};

void sim_text_deinit(struct sim_text *text);

void sim_text_append(struct sim_text *text, const char *bytes, size_t length);

// Appends a NUL-terminated text.
void sim_text_add(struct sim_text *text, const char *string);

// Gives the text away, to be freed with free(), and leaves `text` empty. Never NULL.
char *sim_text_take(struct sim_text *text);
