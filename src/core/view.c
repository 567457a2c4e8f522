// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/memory.h"
#include "core/view.h"

struct name_entry {
    char *name;
    struct view_image *first;
    UT_hash_handle hh;
};

struct id_entry {
    struct view_image seen; // first, so that a borrowed pointer leads back to the entry
    UT_hash_handle hh;
};

struct view {
    struct id_entry *by_id;
    struct name_entry *by_name;
    uint64_t version;
};

static void link_name(struct view *view, struct view_image *seen)
{
    const char *name = seen->image->name;
    if (name == NULL)
        return;
    struct name_entry *entry = NULL;
    HASH_FIND_STR(view->by_name, name, entry);
    if (entry == NULL) {
        entry = memory_new(1, sizeof(*entry));
        entry->name = memory_text(name);
        HASH_ADD_KEYPTR(hh, view->by_name, entry->name, strlen(entry->name), entry);
    }
    seen->next = entry->first;
    entry->first = seen;
}

static void unlink_name(struct view *view, struct view_image *seen)
{
    const char *name = seen->image->name;
    if (name == NULL)
        return;
    struct name_entry *entry = NULL;
    HASH_FIND_STR(view->by_name, name, entry);
    if (entry == NULL)
        return;
    struct view_image **link = &entry->first;
    while (*link != NULL && *link != seen)
        link = &(*link)->next;
    if (*link != NULL)
        *link = seen->next;
    seen->next = NULL;
    if (entry->first == NULL) {
        HASH_DEL(view->by_name, entry);
        free(entry->name);
        free(entry);
    }
}

static void drop(struct view *view, struct id_entry *entry)
{
    view->version++;
    unlink_name(view, &entry->seen);
    HASH_DEL(view->by_id, entry);
    image_free(entry->seen.image);
    free(entry);
}

struct view *view_new(void)
{
    return memory_new(1, sizeof(struct view));
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    struct id_entry *entry = NULL;
    struct id_entry *following = NULL;
    HASH_ITER(hh, view->by_id, entry, following)
    {
        drop(view, entry);
    }
    free(view);
}

void view_put(struct view *view, struct image *image, int64_t seen_ms, uint64_t order)
{
    if (image->id == NULL) {
        image_free(image);
        return;
    }
    struct id_entry *entry = NULL;
    HASH_FIND_STR(view->by_id, image->id, entry);
    if (entry != NULL && entry->seen.order > order) {
        image_free(image);
        return;
    }
    if (entry != NULL)
        drop(view, entry);
    entry = memory_new(1, sizeof(*entry));
    entry->seen.image = image;
    entry->seen.seen_ms = seen_ms;
    entry->seen.order = order;
    HASH_ADD_KEYPTR(hh, view->by_id, image->id, strlen(image->id), entry);
    link_name(view, &entry->seen);
    view->version++;
}

void view_drop(struct view *view, const char *id)
{
    struct id_entry *entry = NULL;
    HASH_FIND_STR(view->by_id, id, entry);
    if (entry != NULL)
        drop(view, entry);
}

void view_drop_older(struct view *view, uint64_t order)
{
    struct id_entry *entry = NULL;
    struct id_entry *following = NULL;
    HASH_ITER(hh, view->by_id, entry, following)
    {
        if (entry->seen.order < order)
            drop(view, entry);
    }
}

struct view_image *view_find(struct view *view, const char *id)
{
    struct id_entry *entry = NULL;
    if (id != NULL)
        HASH_FIND_STR(view->by_id, id, entry);
    return entry == NULL ? NULL : &entry->seen;
}

struct view_image *view_named(struct view *view, const char *name)
{
    struct name_entry *entry = NULL;
    HASH_FIND_STR(view->by_name, name, entry);
    return entry == NULL ? NULL : entry->first;
}

void view_touch(struct view *view, struct view_image *seen, uint64_t order)
{
    seen->order = order;
    view->version++;
}

uint64_t view_version(const struct view *view)
{
    return view->version;
}

size_t view_count(const struct view *view)
{
    return HASH_COUNT(view->by_id);
}

void view_each(struct view *view, void (*visit)(struct view_image *seen, void *data), void *data)
{
    struct id_entry *entry = NULL;
    struct id_entry *following = NULL;
    HASH_ITER(hh, view->by_id, entry, following)
    {
        visit(&entry->seen, data);
    }
}
