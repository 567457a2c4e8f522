// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/field.h"
#include "core/memory.h"

struct list field_list_load(const void *member)
{
    struct list list;
    memcpy(&list, member, sizeof(list));
    return list;
}

void field_list_store(void *member, struct list list)
{
    memcpy(member, &list, sizeof(list));
}

const struct field *field_table_at(const struct field_table *table, size_t index)
{
    size_t inherited = 0;
    for (const struct field_table *base = table->base; base != NULL; base = base->base)
        inherited += base->count;
    while (index < inherited) {
        table = table->base;
        inherited -= table->count;
    }
    index -= inherited;
    return index < table->count ? &table->fields[index] : NULL;
}

const struct field *field_table_find(const struct field_table *table, const char *name)
{
    for (; table != NULL; table = table->base)
        for (size_t i = 0; i < table->count; i++)
            if (strcmp(table->fields[i].name, name) == 0)
                return &table->fields[i];
    return NULL;
}

bool field_present(const struct field *field, const void *object)
{
    const void *member = field_member_const(field, object);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return *(char *const *)member != NULL;
    case FIELD_BOOLEAN:
        return *(const enum boolean *)member != BOOLEAN_ABSENT;
    case FIELD_INTEGER:
    case FIELD_DURATION:
        return ((const struct integer *)member)->present;
    case FIELD_TEXT_LIST:
        return ((const struct text_list *)member)->present;
    case FIELD_TAGS:
        return ((const struct tag_list *)member)->present;
    case FIELD_SELECTOR:
    case FIELD_GROUP:
    case FIELD_WORD:
        return *(const bool *)member;
    case FIELD_GROUP_LIST:
        return field_list_load(member).present;
    }
    return false;
}

static void deinit_member(const struct field *field, void *member)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        memory_free_text(member);
        break;
    case FIELD_TEXT_LIST:
        text_list_deinit(member);
        break;
    case FIELD_TAGS:
        tag_list_deinit(member);
        break;
    case FIELD_SELECTOR:
    case FIELD_GROUP:
        field_table_deinit(field->children, member);
        break;
    case FIELD_GROUP_LIST: {
        struct list list = field_list_load(member);
        for (size_t i = 0; i < list.count; i++)
            field_table_deinit(field->children, (char *)list.items + i * field->children->size);
        free(list.items);
        break;
    }
    case FIELD_BOOLEAN:
    case FIELD_INTEGER:
    case FIELD_DURATION:
    case FIELD_WORD:
        break;
    }
}

void field_table_deinit(const struct field_table *table, void *object)
{
    for (const struct field_table *part = table; part != NULL; part = part->base)
        for (size_t i = 0; i < part->count; i++)
            deinit_member(&part->fields[i], field_member(&part->fields[i], object));
    memset(object, 0, table->size);
}

// `to` already has the bytes of `from`: what it owns is to be made its own.
static void copy_member(const struct field *field, void *to, const void *from)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        *(char **)to = memory_text(*(char *const *)from);
        break;
    case FIELD_TEXT_LIST:
        text_list_copy(to, from);
        break;
    case FIELD_TAGS:
        tag_list_copy(to, from);
        break;
    case FIELD_SELECTOR:
    case FIELD_GROUP:
        field_table_copy(field->children, to, from);
        break;
    case FIELD_GROUP_LIST: {
        struct list list = field_list_load(from);
        size_t size = field->children->size;
        const char *items = list.items;
        list.items = list.count == 0 ? NULL : memory_new(list.count, size);
        for (size_t i = 0; i < list.count; i++)
            field_table_copy(field->children, (char *)list.items + i * size, items + i * size);
        field_list_store(to, list);
        break;
    }
    case FIELD_BOOLEAN:
    case FIELD_INTEGER:
    case FIELD_DURATION:
    case FIELD_WORD:
        break;
    }
}

void field_table_copy(const struct field_table *table, void *to, const void *from)
{
    memcpy(to, from, table->size);
    for (const struct field_table *part = table; part != NULL; part = part->base) {
        for (size_t i = 0; i < part->count; i++) {
            const struct field *field = &part->fields[i];
            copy_member(field, field_member(field, to), field_member_const(field, from));
        }
    }
}
