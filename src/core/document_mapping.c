// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/document_mapping.h"
#include "core/document_tree.h"
#include "core/memory.h"
#include "core/quote.h"

// Up to here comparing each with each is quicker than sorting.
#define FEW 16

static void refuse_duplicate(
    struct tree *tree, const struct entry *first, const struct entry *second)
{
    struct place place = first->key->place;
    char *key = quote_text(second->key->text);
    char *message = memory_format("the key %s is given twice: here, and at line %u, column %u", key,
        place.line, place.column);
    tree_refuse(tree, second->key, second->key->place, message);
    free(message);
    free(key);
}

static bool same_key(const struct entry *a, const struct entry *b)
{
    return a->key->length == b->key->length &&
           memcmp(a->key->text, b->key->text, a->key->length) == 0;
}

// Marks a duplicate by taking its value away; drop_marked() then takes it out.
static void mark_among_few(struct tree *tree, struct entry **entries, size_t count)
{
    for (size_t second = 1; second < count; second++) {
        size_t first = 0;
        while (first < second && !same_key(entries[first], entries[second]))
            first++;
        if (first < second) {
            refuse_duplicate(tree, entries[first], entries[second]);
            entries[second]->value = NULL;
        }
    }
}

struct ranked {
    struct entry *entry;
    size_t rank;
};

static int by_key_and_rank(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    int order = strcmp(a->entry->key->text, b->entry->key->text);
    return order != 0 ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

static void mark_among_many(struct tree *tree, struct entry **entries, size_t count)
{
    struct ranked *sorted = memory_new(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct ranked){.entry = entries[i], .rank = i};
    qsort(sorted, count, sizeof(*sorted), by_key_and_rank);
    for (size_t first = 0, i = 1; i < count; i++) {
        if (same_key(sorted[first].entry, sorted[i].entry)) {
            refuse_duplicate(tree, sorted[first].entry, sorted[i].entry);
            sorted[i].entry->value = NULL;
        } else {
            first = i;
        }
    }
    free(sorted);
}

static bool is_merge(const struct entry *entry)
{
    return entry->key->plain && strcmp(entry->key->text, "<<") == 0;
}

static void append(struct node *mapping, struct entry **last, struct entry *entry)
{
    entry->next = NULL;
    if (*last == NULL)
        mapping->entries = entry;
    else
        (*last)->next = entry;
    *last = entry;
    mapping->count++;
}

static bool merge_one(
    struct tree *tree, struct node *mapping, struct entry **last, const struct node *other)
{
    if (other->kind != NODE_MAPPING) {
        tree_refuse(tree, NULL, other->place, "only mappings can be merged with <<");
        return true;
    }
    for (const struct entry *entry = other->entries; entry != NULL; entry = entry->next) {
        if (mapping->count > DOCUMENT_LIMIT_MERGED) {
            tree_refuse(tree, NULL, mapping->place,
                "too many keys in a mapping that merges others with <<");
            return false;
        }
        if (node_entry(mapping, entry->key->text) != NULL)
            continue;
        struct entry *copy = arena_new(tree->arena, sizeof(*copy));
        *copy = *entry;
        append(mapping, last, copy);
    }
    return true;
}

static void merge(
    struct tree *tree, struct node *mapping, struct entry **last, const struct node *source)
{
    if (source->kind != NODE_SEQUENCE) {
        merge_one(tree, mapping, last, source);
        return;
    }
    const struct entry *item = source->entries;
    while (item != NULL && merge_one(tree, mapping, last, item->value))
        item = item->next;
}

static void rebuild(struct tree *tree, struct node *mapping, struct entry **entries, size_t count)
{
    const struct node *merged = NULL;
    struct entry *last = NULL;
    mapping->entries = NULL;
    mapping->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i]->value == NULL)
            continue;
        if (is_merge(entries[i]))
            merged = entries[i]->value;
        else
            append(mapping, &last, entries[i]);
    }
    if (merged != NULL)
        merge(tree, mapping, &last, merged);
}

void document_mapping_finish(struct tree *tree, struct tree_node *finished)
{
    struct node *mapping = &finished->node;
    size_t count = mapping->count;
    struct entry *few[FEW];
    struct entry **entries = count <= FEW ? few : memory_new(count, sizeof(*entries));
    size_t problems = tree->problems->count;
    bool merges = false;
    size_t i = 0;
    for (struct entry *entry = mapping->entries; entry != NULL; entry = entry->next) {
        merges = merges || is_merge(entry);
        entries[i++] = entry;
    }
    if (count <= FEW)
        mark_among_few(tree, entries, count);
    else
        mark_among_many(tree, entries, count);
    if (merges || tree->problems->count > problems)
        rebuild(tree, mapping, entries, count);
    if (entries != few)
        free(entries);
}
