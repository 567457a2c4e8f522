// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What the simulator allocates with. A block is always given: when there is none left the program
// says so and stops, so that no caller has a branch that no test reaches. This is the simulator's
// own: it shares no code with what it judges, and every name it exports begins with sim_, so that
// both can be linked into one program.

#include <stddef.h>

// A block of `size` bytes, zeroed, to be freed with free(). Never NULL.
void *sim_memory_new(size_t size);

// `block`, moved if need be, with room for `count` items of `size` bytes. Never NULL.
void *sim_memory_resize(void *block, size_t count, size_t size);

// A copy of `text`, to be freed with free(); NULL for NULL.
char *sim_memory_text(const char *text);

// A copy of `length` bytes with a NUL behind them, to be freed with free().
char *sim_memory_bytes(const char *bytes, size_t length);

// printf into a new text, to be freed with free().
char *sim_memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
