// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/declaration_places.h"
#include "core/document.h"
#include "core/memory.h"
#include "core/text.h"

// Paths one behind the other, each with its NUL, and their places in the same order.
struct collection {
    struct text path;
    struct text paths;
    struct place *places;
    size_t count;
    size_t capacity;
};

static void collect(struct collection *collection, const struct node *node)
{
    size_t index = 0;
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next, index++) {
        size_t length = collection->path.length;
        if (entry->key == NULL)
            text_format(&collection->path, "[%zu]", index);
        else if (length > 0)
            text_append_n(&collection->path, ".", 1);
        if (entry->key != NULL)
            text_append_n(&collection->path, entry->key->text, entry->key->length);
        text_append_n(
            &collection->paths, text_string(&collection->path), collection->path.length + 1);
        collection->places = memory_grow(
            collection->places, collection->count, &collection->capacity, sizeof(struct place));
        collection->places[collection->count++] = entry->key == NULL ? entry->value->place
                                                                     : entry->key->place;
        collect(collection, entry->value);
        text_truncate(&collection->path, length);
    }
}

void declaration_places_collect(struct declaration *declaration, const struct node *root)
{
    struct collection collection = {0};
    collect(&collection, root);
    size_t table = collection.count * sizeof(struct field_place);
    struct field_place *places = memory_resize(NULL, table + collection.paths.length, 1);
    char *path = (char *)places + table;
    // A declaration says something, so there is at least one path.
    memcpy(path, collection.paths.bytes, collection.paths.length);
    for (size_t i = 0; i < collection.count; i++) {
        places[i] = (struct field_place){.path = path, .place = collection.places[i]};
        path += strlen(path) + 1;
    }
    declaration->places = places;
    declaration->place_count = collection.count;
    text_deinit(&collection.path);
    text_deinit(&collection.paths);
    free(collection.places);
}

// The length of the enclosing field's path: up to the last `.` or `[`.
static size_t enclosing(const char *path, size_t length)
{
    while (length > 0 && path[length - 1] != '.' && path[length - 1] != '[')
        length--;
    return length == 0 ? 0 : length - 1;
}

struct place declaration_place(const struct declaration *declaration, const char *path)
{
    for (size_t length = strlen(path); length > 0; length = enclosing(path, length))
        for (size_t i = 0; i < declaration->place_count; i++) {
            const struct field_place *known = &declaration->places[i];
            if (strncmp(known->path, path, length) == 0 && known->path[length] == '\0')
                return known->place;
        }
    return declaration->place;
}
