// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Allocation that cannot fail. It knows nothing of what the blocks are for.

#include "config.h"

#include "sim/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *block)
{
    if (block == NULL) {
        fputs("numspot-sim: out of memory\n", stderr);
        abort();
    }
    return block;
}

void *sim_memory_new(size_t size)
{
    return must(calloc(1, size > 0 ? size : 1));
}

void *sim_memory_resize(void *block, size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        count = size = 1;
    }
    return must(reallocarray(block, count, size));
}

char *sim_memory_text(const char *text)
{
    return text == NULL ? NULL : must(strdup(text));
}

char *sim_memory_bytes(const char *bytes, size_t length)
{
    char *copy = must(malloc(length + 1));

    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    copy[length] = '\0';
    return copy;
}

char *sim_memory_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
    }
    va_end(arguments);
    return must(text);
}
