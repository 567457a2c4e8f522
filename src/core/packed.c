// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/packed.h"

#define WORD  sizeof(uint64_t)
#define WORDS 64 // of the largest object

// Behind the words stand the arrays and texts.
struct packed {
    uint64_t present; // bit n: the object's word n is not zero, and here
    uint64_t words[];
};

// Where arrays and texts go, or, while they are only measured, would go.
struct block {
    char *base; // NULL: being measured
    size_t used;
};

static void *put(struct block *block, const void *bytes, size_t size, size_t alignment)
{
    size_t at = (block->used + alignment - 1) / alignment * alignment;
    block->used = at + size;
    if (block->base == NULL)
        return NULL;
    if (size > 0)
        memcpy(block->base + at, bytes, size);
    return block->base + at;
}

static void move_text(struct block *block, char **text)
{
    if (*text == NULL)
        return;
    char *moved = put(block, *text, strlen(*text) + 1, 1);
    if (moved != NULL)
        *text = moved;
}

static void move_object(struct block *block, const struct field_table *table, void *object);

// Moves the array of a list; what its elements hold is moved by the caller, in the copy if there is
// one.
static struct list move_array(struct block *block, void *member, size_t size)
{
    struct list list = field_list_load(member);
    void *moved = list.items == NULL ? NULL : put(block, list.items, list.count * size, WORD);
    if (moved == NULL)
        return list;
    list.items = moved;
    field_list_store(member, list);
    return list;
}

static void move_tags(struct block *block, void *member)
{
    struct list list = move_array(block, member, sizeof(struct tag));
    struct tag *tags = list.items;
    for (size_t i = 0; i < list.count; i++) {
        move_text(block, &tags[i].key);
        move_text(block, &tags[i].value);
    }
}

static void move_texts(struct block *block, void *member)
{
    struct list list = move_array(block, member, sizeof(char *));
    char **texts = list.items;
    for (size_t i = 0; i < list.count; i++)
        move_text(block, &texts[i]);
}

static void move_groups(struct block *block, const struct field_table *table, void *member)
{
    struct list list = move_array(block, member, table->size);
    for (size_t i = 0; i < list.count; i++)
        move_object(block, table, (char *)list.items + i * table->size);
}

static void move_member(struct block *block, const struct field *field, void *member)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        move_text(block, member);
        break;
    case FIELD_TEXT_LIST:
        move_texts(block, member);
        break;
    case FIELD_TAGS:
        move_tags(block, member);
        break;
    case FIELD_SELECTOR:
    case FIELD_GROUP:
        move_object(block, field->children, member);
        break;
    case FIELD_GROUP_LIST:
        move_groups(block, field->children, member);
        break;
    case FIELD_BOOLEAN:
    case FIELD_INTEGER:
    case FIELD_DURATION:
    case FIELD_WORD:
        break;
    }
}

static void move_object(struct block *block, const struct field_table *table, void *object)
{
    for (const struct field_table *part = table; part != NULL; part = part->base)
        for (size_t i = 0; i < part->count; i++)
            move_member(block, &part->fields[i], field_member(&part->fields[i], object));
}

static uint64_t word_at(const void *object, size_t index)
{
    uint64_t word;
    memcpy(&word, (const char *)object + index * WORD, WORD);
    return word;
}

struct packed *packed_new(const struct field_table *table, const void *object)
{
    size_t count = table->size / WORD;
    assert(table->size % WORD == 0 && count <= WORDS);
    void *copy = memory_new(1, table->size);
    memcpy(copy, object, table->size);
    uint64_t present = 0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool there = word_at(copy, i) != 0;
        present |= (uint64_t)there << i;
        kept += there;
    }
    struct block block = {0};
    move_object(&block, table, copy);
    struct packed *packed = memory_new(1, sizeof(*packed) + kept * WORD + block.used);
    packed->present = present;
    block = (struct block){.base = (char *)(packed->words + kept)};
    move_object(&block, table, copy);
    kept = 0;
    for (size_t i = 0; i < count; i++)
        if (present >> i & 1)
            packed->words[kept++] = word_at(copy, i);
    free(copy);
    return packed;
}

void packed_open(const struct packed *packed, const struct field_table *table, void *object)
{
    uint64_t words[WORDS] = {0};
    const uint64_t *next = packed->words;
    size_t i = 0;
    for (uint64_t present = packed->present; present != 0; present >>= 1, i++)
        if (present & 1)
            words[i] = *next++;
    memcpy(object, words, table->size);
}
