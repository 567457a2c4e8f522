// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/field.h"
#include "core/image.h"
#include "core/image_fields.h"
#include "core/memory.h"
#include "core/packed.h"

void image_deinit(struct image *image)
{
    field_table_deinit(&image_table, image);
}

void image_copy(struct image *to, const struct image *from)
{
    field_table_copy(&image_table, to, from);
}

struct image *image_new(void)
{
    return memory_new(1, sizeof(struct image));
}

struct image *image_clone(const struct image *from)
{
    struct image *image = image_new();
    image_copy(image, from);
    return image;
}

void image_free(struct image *image)
{
    if (image == NULL)
        return;
    image_deinit(image);
    free(image);
}

struct packed *image_pack(const struct image *image)
{
    return packed_new(&image_table, image);
}

struct image image_open(const struct packed *packed)
{
    struct image image;
    packed_open(packed, &image_table, &image);
    return image;
}

enum source image_source(const struct image *image)
{
    if (image->source_image.present)
        return SOURCE_IMAGE;
    if (image->vm.present)
        return SOURCE_VM;
    return image->block_devices.present ? SOURCE_SNAPSHOTS : SOURCE_NONE;
}

static bool is_in_state(const struct image *image, const char *state)
{
    return image != NULL && image->cloud_state != NULL && strcmp(image->cloud_state, state) == 0;
}

bool image_is_available(const struct image *image)
{
    return is_in_state(image, "available");
}

bool image_is_failed(const struct image *image)
{
    return is_in_state(image, "failed");
}

bool image_is_deleted(const struct image *image)
{
    return is_in_state(image, "deleted") || is_in_state(image, "deregistered");
}

static struct tag *find_tag(const struct tag_list *tags, const char *key)
{
    for (size_t i = 0; i < tags->count; i++)
        if (strcmp(tags->items[i].key, key) == 0)
            return &tags->items[i];
    return NULL;
}

const char *tag_list_find(const struct tag_list *tags, const char *key)
{
    const struct tag *tag = find_tag(tags, key);
    return tag == NULL ? NULL : tag->value;
}

bool tag_list_includes(const struct tag_list *tags, const struct tag_list *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *value = tag_list_find(tags, wanted->items[i].key);
        if (value == NULL || strcmp(value, wanted->items[i].value) != 0)
            return false;
    }
    return true;
}

void tag_list_set(struct tag_list *tags, const char *key, const char *value)
{
    struct tag *tag = find_tag(tags, key);
    if (tag != NULL) {
        memory_replace_text(&tag->value, value);
        return;
    }
    tags->present = true;
    tags->items = memory_resize(tags->items, tags->count + 1, sizeof(struct tag));
    tags->items[tags->count++] = (struct tag){.key = memory_text(key), .value = memory_text(value)};
}

void tag_list_remove(struct tag_list *tags, const char *key)
{
    struct tag *tag = find_tag(tags, key);
    if (tag == NULL)
        return;
    free(tag->key);
    free(tag->value);
    size_t behind = tags->count - (size_t)(tag - tags->items) - 1;
    memmove(tag, tag + 1, behind * sizeof(struct tag));
    tags->count--;
}

void tag_list_deinit(struct tag_list *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        free(tags->items[i].key);
        free(tags->items[i].value);
    }
    free(tags->items);
    *tags = (struct tag_list){0};
}

void tag_list_copy(struct tag_list *to, const struct tag_list *from)
{
    struct tag_list copy = {.count = from->count, .present = from->present};
    if (from->count > 0)
        copy.items = memory_new(from->count, sizeof(struct tag));
    for (size_t i = 0; i < from->count; i++) {
        copy.items[i].key = memory_text(from->items[i].key);
        copy.items[i].value = memory_text(from->items[i].value);
    }
    *to = copy;
}

void text_list_add(struct text_list *list, const char *text)
{
    list->present = true;
    list->items = memory_resize(list->items, list->count + 1, sizeof(char *));
    list->items[list->count++] = memory_text(text);
}

bool text_list_has(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

void text_list_remove(struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) != 0)
            continue;
        free(list->items[i]);
        memmove(list->items + i, list->items + i + 1, (list->count - i - 1) * sizeof(*list->items));
        list->count--;
        return;
    }
}

void text_list_deinit(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

void text_list_copy(struct text_list *to, const struct text_list *from)
{
    struct text_list copy = {.count = from->count, .present = from->present};
    if (from->count > 0)
        copy.items = memory_new(from->count, sizeof(char *));
    for (size_t i = 0; i < from->count; i++)
        copy.items[i] = memory_text(from->items[i]);
    *to = copy;
}

void image_list_add(struct image_list *list, const struct image *image)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = image_pack(image);
}

void image_list_deinit(struct image_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct image_list){0};
}
