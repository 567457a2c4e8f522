// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Allocation, with one policy: where there is no memory the program stops at once with a message
// (abort). A restart recovers everything from the record, which is simpler and better tested than
// unwinding from every line. What these functions return is released with free().
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "core/attributes.h"

// Zeroed memory for `count` objects of `size` bytes; an overflow of the product counts as no
// memory.
void *memory_new(size_t count, size_t size) CHECK_RESULT __attribute__((malloc));

// As realloc for an array; the new part is not initialised.
void *memory_resize(void *old, size_t count, size_t size) CHECK_RESULT;

// Room for one more element of `size` bytes in an array that has `count` of `*capacity`; doubles
// the capacity.
void *memory_grow(void *array, size_t count, size_t *capacity, size_t size) CHECK_RESULT;

// A copy of the text; NULL gives NULL.
char *memory_text(const char *text) CHECK_RESULT;

// A NUL-terminated copy of the first `length` bytes.
char *memory_text_n(const char *text, size_t length) CHECK_RESULT;

// A formatted text.
char *memory_format(const char *format, ...) PRINTF_LIKE(1, 2) CHECK_RESULT;
char *memory_format_list(const char *format, va_list arguments) PRINTF_LIKE(1, 0) CHECK_RESULT;

// Replaces an owned text by a copy of another (which may be NULL, or the same).
void memory_replace_text(char **owned, const char *text);

// Stops the program as the others do: for a library's report that it got no memory.
NO_RETURN void memory_exhausted(size_t bytes);

// For CLEANUP(): frees what an owned `char *` points to.
void memory_free_text(char **text);

// Frees a block of malloc, or of a function above, with all its bytes zeroed first: for what may
// hold a secret where nobody knows how much of it. NULL is fine.
void memory_wipe(void *block);
