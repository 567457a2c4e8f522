// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/http_memory.h"

// In front of each block, for free does not say how long it is.
struct block {
    size_t size;
    max_align_t bytes[];
};

static struct block *block_of(void *bytes)
{
    return (struct block *)(void *)((char *)bytes - offsetof(struct block, bytes));
}

// NULL when there is no memory, which libcurl reports as the failure of a transfer.
static void *take(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = malloc(sizeof(struct block) + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    return block->bytes;
}

static void release(void *bytes)
{
    if (bytes == NULL)
        return;
    struct block *block = block_of(bytes);
    explicit_bzero(block->bytes, block->size);
    free(block);
}

// Always to another place: realloc would leave a copy at the old one.
static void *resize(void *bytes, size_t size)
{
    void *larger = take(size);
    if (larger == NULL || bytes == NULL)
        return larger;
    size_t kept = block_of(bytes)->size;
    memcpy(larger, bytes, kept < size ? kept : size);
    release(bytes);
    return larger;
}

static char *duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = take(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

static void *take_zeroed(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *bytes = take(count * size);
    return bytes == NULL ? NULL : memset(bytes, 0, count * size);
}

CURLcode http_memory_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, release, resize, duplicate, take_zeroed);
}
