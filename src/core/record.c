// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/record.h"
#include "core/shared_text.h"

static const char *const intent_names[INTENT_COUNT] = {
    [INTENT_NONE] = "none",
    [INTENT_CREATE] = "create",
    [INTENT_SET_TAGS] = "set tags",
    [INTENT_REMOVE_TAGS] = "remove tags",
    [INTENT_SET_ACCESS] = "set access",
    [INTENT_DELETE] = "delete",
    [INTENT_DELETE_SNAPSHOT] = "delete snapshot",
};

// The record's owned texts, so that copying and freeing cannot forget one.
static const size_t texts[] = {
    offsetof(struct record, name),
    offsetof(struct record, image_id),
    offsetof(struct record, cloud_name),
    offsetof(struct record, source_id),
    offsetof(struct record, deleted_id),
    offsetof(struct record, message),
    offsetof(struct record, repaired),
};

#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

// Likewise those that it shares.
static const size_t shared[] = {
    offsetof(struct record, file),
    offsetof(struct record, declaration),
    offsetof(struct record, made_from),
    offsetof(struct record, applied),
};

#define SHARED_COUNT (sizeof(shared) / sizeof(shared[0]))

static char **text_at(struct record *record, size_t i)
{
    return (char **)(void *)((char *)record + texts[i]);
}

static const char *shared_at(const struct record *record, size_t i)
{
    return *(const char *const *)(const void *)((const char *)record + shared[i]);
}

const char *intent_name(enum intent intent)
{
    return intent_names[intent];
}

int intent_from_name(const char *name)
{
    for (int i = 0; i < INTENT_COUNT; i++)
        if (strcmp(intent_names[i], name) == 0)
            return i;
    return -1;
}

struct record *record_new(const char *name)
{
    struct record *record = memory_new(1, sizeof(*record));
    record->name = memory_text(name);
    record->message = memory_text("");
    return record;
}

struct record *record_clone(const struct record *record)
{
    struct record *clone = memory_new(1, sizeof(*clone));
    *clone = *record;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        *text_at(clone, i) = memory_text(*text_at(clone, i));
    for (size_t i = 0; i < SHARED_COUNT; i++)
        shared_text_ref(shared_at(clone, i)); // the pointers are copied already
    text_list_copy(&clone->previous, &record->previous);
    text_list_copy(&clone->snapshots, &record->snapshots);
    text_list_copy(&clone->spared, &record->spared);
    return clone;
}

void record_free(struct record *record)
{
    if (record == NULL)
        return;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        free(*text_at(record, i));
    for (size_t i = 0; i < SHARED_COUNT; i++)
        shared_text_unref(shared_at(record, i));
    text_list_deinit(&record->previous);
    text_list_deinit(&record->snapshots);
    text_list_deinit(&record->spared);
    free(record);
}

void record_share_canonical(struct record *record, const char *canonical)
{
    const char **members[] = {&record->declaration, &record->made_from, &record->applied};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (shared_text_equal(*members[i], canonical))
            shared_text_replace(members[i], canonical);
}

bool record_names_image(const struct record *record, const char *image_id)
{
    return (record->image_id != NULL && strcmp(record->image_id, image_id) == 0) ||
           text_list_has(&record->previous, image_id);
}

void record_list_add(struct record_list *list, struct record *record)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = record;
}

void record_list_deinit(struct record_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        record_free(list->items[i]);
    free(list->items);
    *list = (struct record_list){0};
}

void history_row_free(struct history_row *row)
{
    if (row == NULL)
        return;
    free(row->name);
    free(row->message);
    free(row->image_id);
    free(row);
}
