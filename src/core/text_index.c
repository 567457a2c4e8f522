// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text_index.h"

#define FEWEST_PLACES 16

// FNV-1a, with its bits mixed at the end: places are taken by the lower ones.
static uint32_t hash_of(const char *key)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * UINT32_C(16777619);
    hash = (hash ^ (hash >> 16)) * UINT32_C(0x85ebca6b);
    hash = (hash ^ (hash >> 13)) * UINT32_C(0xc2b2ae35);
    hash ^= hash >> 16;
    return hash == 0 ? 1 : hash;
}

void text_index_init(struct text_index *index, text_index_key *key)
{
    *index = (struct text_index){.key = key};
}

void text_index_deinit(struct text_index *index)
{
    free(index->hashes);
    free(index->items);
    *index = (struct text_index){.key = index->key};
}

static size_t next_place(const struct text_index *index, size_t place)
{
    return (place + 1) & (index->places - 1);
}

// The place where the text's item is, or would be. There is a free one: the index is never full.
static size_t place_of(const struct text_index *index, const char *key, uint32_t hash)
{
    size_t place = hash & (index->places - 1);
    while (index->hashes[place] != 0 &&
           (index->hashes[place] != hash || strcmp(index->key(index->items[place]), key) != 0))
        place = next_place(index, place);
    return place;
}

void *text_index_find(const struct text_index *index, const char *key)
{
    return index->count == 0 ? NULL : index->items[place_of(index, key, hash_of(key))];
}

static void grow(struct text_index *index)
{
    struct text_index old = *index;
    index->places = old.places == 0 ? FEWEST_PLACES : old.places * 2;
    index->hashes = memory_new(index->places, sizeof(*index->hashes));
    index->items = memory_new(index->places, sizeof(*index->items));
    for (size_t i = 0; i < old.places; i++) {
        if (old.hashes[i] == 0)
            continue;
        size_t place = old.hashes[i] & (index->places - 1);
        while (index->hashes[place] != 0)
            place = next_place(index, place);
        index->hashes[place] = old.hashes[i];
        index->items[place] = old.items[i];
    }
    text_index_deinit(&old);
}

void text_index_put(struct text_index *index, void *item)
{
    if (index->count >= index->places / 8 * 7)
        grow(index);
    const char *key = index->key(item);
    uint32_t hash = hash_of(key);
    size_t place = place_of(index, key, hash);
    index->count += index->hashes[place] == 0;
    index->hashes[place] = hash;
    index->items[place] = item;
}

// Those behind move up, unless they would come to stand before their own place: whoever looks for
// them stops at the first free one.
static void close_gap(struct text_index *index, size_t gap)
{
    for (size_t place = next_place(index, gap); index->hashes[place] != 0;
         place = next_place(index, place)) {
        size_t displaced = (place - index->hashes[place]) & (index->places - 1);
        if (displaced < ((place - gap) & (index->places - 1)))
            continue;
        index->hashes[gap] = index->hashes[place];
        index->items[gap] = index->items[place];
        gap = place;
    }
    index->hashes[gap] = 0;
    index->items[gap] = NULL;
}

void text_index_remove(struct text_index *index, const char *key)
{
    if (index->count == 0)
        return;
    size_t place = place_of(index, key, hash_of(key));
    if (index->hashes[place] == 0)
        return;
    close_gap(index, place);
    index->count--;
}

void *text_index_next(const struct text_index *index, size_t *place)
{
    while (*place < index->places)
        if (index->hashes[(*place)++] != 0)
            return index->items[*place - 1];
    return NULL;
}
