// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A hash of doubly linked lists. A list without entries leaves the hash.

#include "config.h"

#include "sim/index.h"
#include "sim/hash.h"

struct list {
    char *key;
    struct sim_index_entry *entries;
    UT_hash_handle hh;
};

struct sim_index_entry {
    struct list *list;
    void *item;
    struct sim_index_entry *prev;
    struct sim_index_entry *next;
};

struct sim_index {
    struct list *lists;
};

struct sim_index *sim_index_new(void)
{
    return sim_memory_new(sizeof(struct sim_index));
}

static void free_list(struct sim_index *index, struct list *list)
{
    HASH_DEL(index->lists, list);
    free(list->key);
    free(list);
}

void sim_index_free(struct sim_index *index)
{
    struct list *list, *next_list;
    struct sim_index_entry *entry, *next_entry;

    if (index == NULL) {
        return;
    }
    HASH_ITER(hh, index->lists, list, next_list)
    {
        DL_FOREACH_SAFE(list->entries, entry, next_entry) {
            free(entry);
        }
        free_list(index, list);
    }
    free(index);
}

static struct list *find_list(const struct sim_index *index, const char *key)
{
    struct list *list;

    HASH_FIND_STR(index->lists, key, list);
    return list;
}

struct sim_index_entry *sim_index_add(struct sim_index *index, const char *key, void *item)
{
    struct sim_index_entry *entry = sim_memory_new(sizeof *entry);
    struct list *list = find_list(index, key);

    if (list == NULL) {
        list = sim_memory_new(sizeof *list);
        list->key = sim_memory_text(key);
        HASH_ADD_KEYPTR(hh, index->lists, list->key, strlen(list->key), list);
    }
    entry->list = list;
    entry->item = item;
    DL_APPEND(list->entries, entry);
    return entry;
}

void sim_index_remove(struct sim_index *index, struct sim_index_entry *entry)
{
    struct list *list = entry->list;

    DL_DELETE(list->entries, entry);
    free(entry);
    if (list->entries == NULL) {
        free_list(index, list);
    }
}

const struct sim_index_entry *sim_index_find(const struct sim_index *index, const char *key)
{
    const struct list *list = find_list(index, key);

    return list != NULL ? list->entries : NULL;
}

const struct sim_index_entry *sim_index_next(const struct sim_index_entry *entry)
{
    return entry->next;
}

void *sim_index_item(const struct sim_index_entry *entry)
{
    return entry->item;
}
