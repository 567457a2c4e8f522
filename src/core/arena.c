// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/memory.h"

#define CHUNK_BYTES 4064
#define ALIGNMENT   _Alignof(max_align_t)

struct arena_chunk {
    struct arena_chunk *older;
    size_t size;
    max_align_t bytes[];
};

static void *take(struct arena *arena, size_t size)
{
    if (size > arena->left) {
        size_t capacity = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        struct arena_chunk *chunk = memory_resize(NULL, sizeof(*chunk) + capacity, 1);
        chunk->older = arena->chunks;
        chunk->size = capacity;
        arena->chunks = chunk;
        arena->next = (char *)chunk->bytes;
        arena->left = capacity;
    }
    void *taken = arena->next;
    arena->next += size;
    arena->left -= size;
    return taken;
}

void *arena_new(struct arena *arena, size_t size)
{
    return take(arena, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

char *arena_text(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_new(arena, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void free_older(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;
    if (kept == NULL)
        return;
    free_older(kept->older);
    kept->older = NULL;
    arena->next = (char *)kept->bytes;
    arena->left = kept->size;
}

void arena_deinit(struct arena *arena)
{
    free_older(arena->chunks);
    *arena = (struct arena){0};
}
