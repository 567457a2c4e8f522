// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static NO_RETURN void stop(size_t count, size_t size)
{
    fprintf(stderr,
        "imaged: out of memory (%zu x %zu bytes); stopping, a restart recovers from the record\n",
        count, size);
    abort();
}

void *memory_new(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
    if (memory == NULL)
        stop(count, size);
    return memory;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        stop(count, size);
    size_t bytes = count * size;
    void *memory = realloc(old, bytes == 0 ? 1 : bytes);
    if (memory == NULL)
        stop(count, size);
    return memory;
}

void *memory_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    size_t larger = *capacity == 0 ? 4 : *capacity * 2;
    array = memory_resize(array, larger, size);
    *capacity = larger;
    return array;
}

char *memory_text(const char *text)
{
    return text == NULL ? NULL : memory_text_n(text, strlen(text));
}

char *memory_text_n(const char *text, size_t length)
{
    char *copy = memory_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *memory_format_list(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        stop(1, 0);
    return text;
}

char *memory_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_format_list(format, arguments);
    va_end(arguments);
    return text;
}

void memory_replace_text(char **owned, const char *text)
{
    char *copy = memory_text(text);
    free(*owned);
    *owned = copy;
}

void memory_exhausted(size_t bytes)
{
    stop(1, bytes);
}

void memory_free_text(char **text)
{
    free(*text);
    *text = NULL;
}

void memory_wipe(void *block)
{
    if (block != NULL)
        explicit_bzero(block, malloc_usable_size(block));
    free(block);
}
