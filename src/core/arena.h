// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Memory for many small things that are freed together: the nodes of a document and their texts.
#pragma once

#include <stddef.h>

#include "core/attributes.h"

struct arena_chunk;

// Initialise with {0}.
struct arena {
    struct arena_chunk *chunks; // the newest first
    char *next;
    size_t left;
};

// Uninitialised bytes, aligned for any type, valid until the arena is cleared or freed.
void *arena_new(struct arena *arena, size_t size) CHECK_RESULT;

// A NUL-terminated copy of the first `length` bytes.
char *arena_text(struct arena *arena, const char *bytes, size_t length) CHECK_RESULT;

// Forgets all that was given out and keeps one chunk for reuse.
void arena_clear(struct arena *arena);
void arena_deinit(struct arena *arena);
