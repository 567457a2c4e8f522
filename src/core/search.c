// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/memory.h"
#include "core/ownership.h"
#include "core/search.h"
#include "core/text.h"
#include "core/timestamp.h"

struct search {
    char *key; // all of the selector that counts
    struct match *items;
    size_t count;
    size_t capacity;
    UT_hash_handle hh;
};

struct searches {
    struct search *by_key;
    uint64_t version; // of the view that they went through
};

struct searches *searches_new(void)
{
    return memory_new(1, sizeof(struct searches));
}

static void forget(struct searches *searches)
{
    struct search *search = NULL;
    struct search *next = NULL;
    HASH_ITER(hh, searches->by_key, search, next)
    {
        HASH_DEL(searches->by_key, search);
        free(search->key);
        free(search->items);
        free(search);
    }
}

void searches_free(struct searches *searches)
{
    if (searches == NULL)
        return;
    forget(searches);
    free(searches);
}

// Each part is preceded by its length, so that no two selectors have the same.
static void append_part(struct text *key, const char *part)
{
    text_format(key, "%zu:%s;", part == NULL ? 0 : strlen(part), part == NULL ? "-" : part);
}

static char *key_of(const struct selector *selector)
{
    struct text key = {0};
    text_format(&key, "%d;", (int)selector->is_public);
    append_part(&key, selector->name);
    for (size_t i = 0; i < selector->tags.count; i++) {
        append_part(&key, selector->tags.items[i].key);
        append_part(&key, selector->tags.items[i].value);
    }
    return text_steal(&key);
}

static bool is_meant(const struct image *image, const struct selector *selector)
{
    if (!image_is_available(image))
        return false;
    if (selector->is_public != BOOLEAN_ABSENT && selector->is_public != image->access.is_public)
        return false;
    if (selector->name != NULL &&
        (image->name == NULL || fnmatch(selector->name, image->name, 0) != 0))
        return false;
    return tag_list_includes(&image->tags, &selector->tags);
}

struct visit {
    const struct selector *selector;
    struct search *search;
};

static void match(struct view_image *seen, void *data)
{
    const struct visit *visit = data;
    struct search *search = visit->search;
    struct image image = image_open(seen->image);
    if (!is_meant(&image, visit->selector))
        return;
    int64_t made_ms = 0;
    if (image.creation_date == NULL || timestamp_parse(image.creation_date, &made_ms) != 0)
        made_ms = 0;
    search->items = memory_grow(
        search->items, search->count, &search->capacity, sizeof(*search->items));
    search->items[search->count++] = (struct match){
        .id = seen->id,
        .owner_name = tag_list_find(&image.tags, OWNERSHIP_NAME_KEY),
        .made_ms = made_ms,
    };
}

static int newest_first(const void *a, const void *b)
{
    const struct match *left = a;
    const struct match *right = b;
    if (left->made_ms != right->made_ms)
        return left->made_ms < right->made_ms ? 1 : -1;
    return strcmp(right->id, left->id);
}

struct matches searches_find(
    struct searches *searches, struct view *view, const struct selector *selector)
{
    if (searches->version != view_version(view))
        forget(searches);
    searches->version = view_version(view);
    char *key = key_of(selector);
    struct search *search = NULL;
    HASH_FIND_STR(searches->by_key, key, search);
    if (search != NULL) {
        free(key);
        return (struct matches){search->items, search->count};
    }
    search = memory_new(1, sizeof(*search));
    search->key = key;
    struct visit visit = {selector, search};
    view_each(view, match, &visit);
    if (search->count > 1)
        qsort(search->items, search->count, sizeof(*search->items), newest_first);
    HASH_ADD_KEYPTR(hh, searches->by_key, search->key, strlen(search->key), search);
    return (struct matches){search->items, search->count};
}
