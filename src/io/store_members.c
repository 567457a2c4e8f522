// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of a record's members and the conversion of each type. It knows no kind of store.
#include "config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/shared_text.h"
#include "io/store_members.h"

#define MEMBER(name, type)                                                                         \
    {                                                                                              \
#name, type, offsetof(struct record, name)                                                 \
    }

const struct store_member store_members[] = {
    MEMBER(name, MEMBER_TEXT),
    MEMBER(file, MEMBER_SHARED),
    MEMBER(declaration, MEMBER_SHARED),
    MEMBER(removed, MEMBER_BOOLEAN),
    MEMBER(removed_wall_ms, MEMBER_INT64),
    MEMBER(image_id, MEMBER_TEXT),
    MEMBER(cloud_name, MEMBER_TEXT),
    MEMBER(source_id, MEMBER_TEXT),
    MEMBER(made_from, MEMBER_SHARED),
    MEMBER(applied, MEMBER_SHARED),
    MEMBER(owned, MEMBER_BOOLEAN),
    MEMBER(made_wall_ms, MEMBER_INT64),
    MEMBER(deleted_id, MEMBER_TEXT),
    MEMBER(previous, MEMBER_TEXT_LIST),
    MEMBER(snapshots, MEMBER_TEXT_LIST),
    MEMBER(spared, MEMBER_TEXT_LIST),
    MEMBER(state, MEMBER_STATE),
    MEMBER(reason, MEMBER_REASON),
    MEMBER(message, MEMBER_TEXT),
    MEMBER(since_wall_ms, MEMBER_INT64),
    MEMBER(attempts, MEMBER_UINT32),
    MEMBER(failed_builds, MEMBER_UINT32),
    MEMBER(next_attempt_wall_ms, MEMBER_INT64),
    MEMBER(intent, MEMBER_INTENT),
    MEMBER(intent_wall_ms, MEMBER_INT64),
    MEMBER(lost_wall_ms, MEMBER_INT64),
    MEMBER(repairs, MEMBER_UINT32),
    MEMBER(repaired, MEMBER_TEXT),
    MEMBER(suspended, MEMBER_BOOLEAN),
    MEMBER(approved, MEMBER_BOOLEAN),
    {0},
};

void store_value_deinit(struct store_value *value)
{
    free(value->owned);
    *value = (struct store_value){0};
}

static struct store_value integer_value(int64_t integer)
{
    return (struct store_value){.kind = STORE_VALUE_INTEGER, .integer = integer};
}

static struct store_value text_value(const char *text)
{
    return (struct store_value){
        .kind = text == NULL ? STORE_VALUE_NONE : STORE_VALUE_TEXT, .text = text};
}

// An absent list is no value, an empty one is "[]".
static int list_get(const struct text_list *list, struct store_value *value, struct error *error)
{
    *value = (struct store_value){0};
    if (!list->present)
        return 0;
    json_t *array = json_array();
    int broken = 0;
    for (size_t i = 0; i < list->count; i++)
        broken |= json_array_append_new(array, json_string(list->items[i]));
    char *text = broken != 0 ? NULL : json_dumps(array, JSON_COMPACT);
    json_decref(array);
    if (text == NULL)
        return error_set(error, ERROR_INVALID, "a text is not UTF-8");
    *value = (struct store_value){.kind = STORE_VALUE_TEXT, .text = text, .owned = text};
    return 0;
}

static int list_set(struct text_list *list, const struct store_value *value)
{
    text_list_deinit(list);
    if (value->kind == STORE_VALUE_NONE)
        return 0;
    if (value->kind != STORE_VALUE_TEXT)
        return -1;
    json_t *array = json_loads(value->text, JSON_REJECT_DUPLICATES, NULL);
    int broken = json_is_array(array) ? 0 : -1;
    size_t index;
    json_t *item;
    json_array_foreach(array, index, item) {
        if (json_is_string(item))
            text_list_add(list, json_string_value(item));
        else
            broken = -1;
    }
    list->present = true;
    json_decref(array);
    return broken;
}

int store_member_get(const struct record *record, const struct store_member *member,
    struct store_value *value, struct error *error)
{
    const void *at = (const char *)record + member->offset;
    switch (member->type) {
    case MEMBER_TEXT:
    case MEMBER_SHARED:
        *value = text_value(*(const char *const *)at);
        break;
    case MEMBER_BOOLEAN:
        *value = integer_value(*(const bool *)at);
        break;
    case MEMBER_INT64:
        *value = integer_value(*(const int64_t *)at);
        break;
    case MEMBER_UINT32:
        *value = integer_value(*(const uint32_t *)at);
        break;
    case MEMBER_STATE:
        *value = text_value(state_name(*(const enum image_state *)at));
        break;
    case MEMBER_REASON:
        *value = text_value(reason_name(*(const enum reason *)at));
        break;
    case MEMBER_INTENT:
        *value = text_value(intent_name(*(const enum intent *)at));
        break;
    case MEMBER_TEXT_LIST:
        if (list_get(at, value, error) != 0)
            return error_prefix(error, "%s", member->name);
        break;
    }
    return 0;
}

// Far beyond any clock, and near enough that sums and differences of moments cannot overflow.
#define MOMENT_LIMIT_MS (INT64_C(1) << 53)

static int number_set(void *at, enum member_type type, const struct store_value *value)
{
    int64_t number = value->integer;
    if (value->kind != STORE_VALUE_INTEGER)
        return -1;
    if (type == MEMBER_BOOLEAN && (number == 0 || number == 1))
        *(bool *)at = number == 1;
    else if (type == MEMBER_UINT32 && number >= 0 && number <= UINT32_MAX)
        *(uint32_t *)at = (uint32_t)number;
    else if (type == MEMBER_INT64 && number >= -MOMENT_LIMIT_MS && number <= MOMENT_LIMIT_MS)
        *(int64_t *)at = number;
    else
        return -1;
    return 0;
}

static int name_set(void *at, enum member_type type, const struct store_value *value)
{
    int number = -1;
    if (value->kind != STORE_VALUE_TEXT)
        return -1;
    if (type == MEMBER_STATE && (number = state_from_name(value->text)) >= 0)
        *(enum image_state *)at = (enum image_state)number;
    else if (type == MEMBER_REASON && (number = reason_from_name(value->text)) >= 0)
        *(enum reason *)at = (enum reason)number;
    else if (type == MEMBER_INTENT && (number = intent_from_name(value->text)) >= 0)
        *(enum intent *)at = (enum intent)number;
    return number < 0 ? -1 : 0;
}

static int text_set(void *at, const struct store_value *value)
{
    if (value->kind == STORE_VALUE_INTEGER)
        return -1;
    memory_replace_text(at, value->kind == STORE_VALUE_NONE ? NULL : value->text);
    return 0;
}

static int shared_set(const char **at, const struct store_value *value)
{
    if (value->kind == STORE_VALUE_INTEGER)
        return -1;
    shared_text_unref(*at);
    *at = value->kind == STORE_VALUE_NONE ? NULL : shared_text_new(value->text);
    return 0;
}

int store_member_set(struct record *record, const struct store_member *member,
    const struct store_value *value, struct error *error)
{
    void *at = (char *)record + member->offset;
    int result = 0;
    switch (member->type) {
    case MEMBER_TEXT:
        result = text_set(at, value);
        break;
    case MEMBER_SHARED:
        result = shared_set(at, value);
        break;
    case MEMBER_TEXT_LIST:
        result = list_set(at, value);
        break;
    case MEMBER_BOOLEAN:
    case MEMBER_INT64:
    case MEMBER_UINT32:
        result = number_set(at, member->type, value);
        break;
    case MEMBER_STATE:
    case MEMBER_REASON:
    case MEMBER_INTENT:
        result = name_set(at, member->type, value);
        break;
    }
    if (result == 0)
        return 0;
    return error_set(error, ERROR_CORRUPT, "%s of image '%s' has a value that means nothing: %s",
        member->name, record->name == NULL ? "" : record->name,
        value->kind == STORE_VALUE_TEXT ? value->text : "no text");
}
