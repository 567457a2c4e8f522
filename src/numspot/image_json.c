// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "numspot/image_json.h"

static int read_object(const struct field_table *table, const json_t *value,
    const struct json_place *place, void *object, struct error *error);

static int read_group(const struct field *field, const json_t *object,
    const struct json_place *above, void *member, struct error *error)
{
    const json_t *value;
    if (json_read_object(object, field->json, above, &value, error) != 0)
        return -1;
    if (value == NULL)
        return 0;
    struct json_place place = {.above = above, .name = field->json};
    *(bool *)member = true; // all groups begin with `present`
    return read_object(field->children, value, &place, member, error);
}

static int read_group_list(const struct field *field, const json_t *object,
    const struct json_place *above, void *member, struct error *error)
{
    const json_t *array;
    if (json_read_array(object, field->json, above, &array, error) != 0)
        return -1;
    if (array == NULL)
        return 0;
    size_t count = json_array_size(array);
    size_t size = field->children->size;
    struct list list = {.present = true, .count = count};
    list.items = count == 0 ? NULL : memory_new(count, size);
    field_list_store(member, list);
    struct json_place outer = {.above = above, .name = field->json};
    for (size_t i = 0; i < count; i++) {
        struct json_place place = {.above = &outer, .index = i};
        const json_t *item = json_array_get(array, i);
        if (!json_is_object(item))
            return json_read_wrong(&place, "an object", item, error);
        if (read_object(field->children, item, &place, (char *)list.items + i * size, error) != 0)
            return -1;
    }
    return 0;
}

static int read_selector(const struct field *field, const json_t *object,
    const struct json_place *above, struct selector *selector, struct error *error)
{
    if (json_read_text(object, field->json, above, &selector->id, error) != 0)
        return -1;
    selector->present = selector->id != NULL;
    return 0;
}

static int read_member(const struct field *field, const json_t *object,
    const struct json_place *above, void *member, struct error *error)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE: // a newer server may know more choices
        return json_read_text(object, field->json, above, member, error);
    case FIELD_BOOLEAN:
        return json_read_boolean(object, field->json, above, member, error);
    case FIELD_INTEGER:
        return json_read_integer(object, field->json, above, member, error);
    case FIELD_TEXT_LIST:
        return json_read_text_list(object, field->json, above, member, error);
    case FIELD_TAGS:
        return json_read_tags(object, field->json, above, member, error);
    case FIELD_SELECTOR:
        return read_selector(field, object, above, member, error);
    case FIELD_GROUP:
        return read_group(field, object, above, member, error);
    case FIELD_GROUP_LIST:
        return read_group_list(field, object, above, member, error);
    case FIELD_DURATION: // only YAML has these
    case FIELD_WORD:
        break;
    }
    return 0;
}

static int read_object(const struct field_table *table, const json_t *value,
    const struct json_place *place, void *object, struct error *error)
{
    const struct field *field;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->json == NULL || (field->wire & WIRE_ANSWER) == 0)
            continue;
        if (read_member(field, value, place, field_member(field, object), error) != 0)
            return -1;
    }
    return 0;
}

struct image *image_json_read(
    const json_t *value, const struct json_place *place, struct error *error)
{
    if (!json_is_object(value)) {
        json_read_wrong(place, "an object", value, error);
        return NULL;
    }
    struct image *image = image_new();
    if (read_object(&image_table, value, place, image, error) != 0) {
        image_free(image);
        return NULL;
    }
    if (image->id == NULL || image->id[0] == '\0') {
        struct json_place id = {.above = place, .name = "id"};
        json_read_wrong(&id, "a text that is not empty", json_object_get(value, "id"), error);
        image_free(image);
        return NULL;
    }
    return image;
}

static json_t *write_object(
    const struct field_table *table, const void *object, struct error *error);

// The texts are UTF-8: a declaration's were checked when it was read, the cloud's by the JSON
// parser.
static json_t *write_text(const char *text)
{
    return json_string_nocheck(text);
}

static json_t *write_text_list(const struct text_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, write_text(list->items[i]));
    return array;
}

static json_t *write_group_list(const struct field *field, const void *member, struct error *error)
{
    struct list list = field_list_load(member);
    json_t *array = json_array();
    for (size_t i = 0; i < list.count; i++) {
        const void *item = (const char *)list.items + i * field->children->size;
        json_t *value = write_object(field->children, item, error);
        if (value == NULL) {
            error_prefix(error, "%s[%zu]", field->name, i);
            json_decref(array);
            return NULL;
        }
        json_array_append_new(array, value);
    }
    return array;
}

static json_t *write_selector(
    const struct field *field, const struct selector *selector, struct error *error)
{
    if (selector->id != NULL)
        return write_text(selector->id);
    error_set(error, ERROR_INVALID, "%s was not resolved to an id", field->name);
    return NULL;
}

static json_t *write_member(const struct field *field, const void *member, struct error *error)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return write_text(*(char *const *)member);
    case FIELD_BOOLEAN:
        return json_boolean(*(const enum boolean *)member == BOOLEAN_TRUE);
    case FIELD_INTEGER:
        return json_integer(((const struct integer *)member)->value);
    case FIELD_TEXT_LIST:
        return write_text_list(member);
    case FIELD_SELECTOR:
        return write_selector(field, member, error);
    case FIELD_GROUP:
        return write_object(field->children, member, error);
    case FIELD_GROUP_LIST:
        return write_group_list(field, member, error);
    case FIELD_TAGS: // they have a request of their own
    case FIELD_DURATION:
    case FIELD_WORD:
        break;
    }
    error_set(error, ERROR_INVALID, "%s cannot be part of a creation", field->name);
    return NULL;
}

static json_t *write_object(
    const struct field_table *table, const void *object, struct error *error)
{
    json_t *value = json_object();
    const struct field *field;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->json == NULL || (field->wire & WIRE_CREATE) == 0 ||
            !field_present(field, object))
            continue;
        json_t *member = write_member(field, field_member_const(field, object), error);
        if (member == NULL) {
            json_decref(value);
            return NULL;
        }
        json_object_set_new_nocheck(value, field->json, member);
    }
    return value;
}

char *image_json_write(const struct image *image, struct error *error)
{
    json_t *value = write_object(&image_table, image, error);
    if (value == NULL)
        return NULL;
    char *body = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    if (body == NULL)
        error_set(error, ERROR_INVALID, "a text of the image is not UTF-8");
    return body;
}
