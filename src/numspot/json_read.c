// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "numspot/json_read.h"

// Beyond this a double has no fractions left and need not be the number that was written.
#define LARGEST_WHOLE_REAL 9007199254740992.0

// What a piece of the text may take as a tree, against a text of that length. A list or an object
// of its own takes a good hundred bytes, so `[],[],[],…` becomes fifty times itself, and an answer
// within its limit would need more memory than there is. What the cloud tells of an image, or of a
// tag, is at less than the half of this bound.
#define WEIGHT_OF_COLLECTION 4
#define WEIGHT_FREE          40000
#define BYTES_PER_WEIGHT     3

static bool is_too_dense(const char *body, size_t length)
{
    size_t weight = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (body[i] == '"')
            quoted = !quoted;
        else if (quoted)
            i += body[i] == '\\';
        else if (body[i] == '[' || body[i] == '{')
            weight += WEIGHT_OF_COLLECTION;
        else
            weight += body[i] == ',';
    }
    return weight > WEIGHT_FREE + length / BYTES_PER_WEIGHT;
}

int json_read_check(const char *body, size_t length, struct error *error)
{
    if (!is_too_dense(body, length))
        return 0;
    return error_set(error, ERROR_INVALID, "it is made of more pieces than any answer of the API");
}

json_t *json_read_body(const char *body, size_t length, struct error *error)
{
    json_error_t reason;
    if (json_read_check(body, length, error) != 0)
        return NULL;
    // With NUL in texts: anybody's public image is in the list, and its description shall not keep
    // all others from being read.
    json_t *value = json_loadb(body, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);
    if (value == NULL && json_error_code(&reason) == json_error_out_of_memory)
        memory_exhausted(length);
    if (value == NULL)
        error_set(error, ERROR_INVALID, "it is not JSON (line %d, column %d)", reason.line,
            reason.column);
    return value;
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static void format_place(const struct json_place *place, struct text *out)
{
    if (place->above != NULL)
        format_place(place->above, out);
    if (place->name == NULL)
        text_format(out, "[%zu]", place->index);
    else
        text_format(out, "%s%s", out->length == 0 ? "" : ".", place->name);
}

int json_read_wrong(
    const struct json_place *place, const char *wanted, const json_t *found, struct error *error)
{
    CLEANUP(text_deinit) struct text text = {0};
    if (place != NULL)
        format_place(place, &text);
    return error_set(error, ERROR_INVALID, "%s must be %s, not %s",
        text.length == 0 ? "it" : text.bytes, wanted, found == NULL ? "missing" : type_name(found));
}

// The property, or NULL when there is none to speak of.
static const json_t *property(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_null(value) ? NULL : value;
}

// A NUL in it does not end it, or a name could pass for the part before it.
static char *text_of(const json_t *value)
{
    static const char replacement[] = "\xef\xbf\xbd"; // U+FFFD
    const char *bytes = json_string_value(value);
    size_t left = json_string_length(value);
    if (memchr(bytes, '\0', left) == NULL)
        return memory_text_n(bytes, left);
    struct text text = {0};
    for (size_t length; (length = strnlen(bytes, left)) < left;) {
        text_append_n(&text, bytes, length);
        text_append(&text, replacement);
        bytes += length + 1;
        left -= length + 1;
    }
    text_append_n(&text, bytes, left);
    return text_steal(&text);
}

int json_read_text(const json_t *object, const char *name, const struct json_place *above,
    char **out, struct error *error)
{
    const json_t *value = property(object, name);
    if (value == NULL)
        return 0;
    struct json_place place = {.above = above, .name = name};
    if (!json_is_string(value))
        return json_read_wrong(&place, "a text", value, error);
    *out = text_of(value);
    return 0;
}

int json_read_boolean(const json_t *object, const char *name, const struct json_place *above,
    enum boolean *out, struct error *error)
{
    const json_t *value = property(object, name);
    if (value == NULL)
        return 0;
    struct json_place place = {.above = above, .name = name};
    if (!json_is_boolean(value))
        return json_read_wrong(&place, "true or false", value, error);
    *out = json_is_true(value) ? BOOLEAN_TRUE : BOOLEAN_FALSE;
    return 0;
}

static bool whole_number(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value))
        return false;
    double real = json_real_value(value);
    if (!(real >= -LARGEST_WHOLE_REAL && real <= LARGEST_WHOLE_REAL))
        return false;
    *out = (int64_t)real;
    return (double)*out == real;
}

int json_read_integer(const json_t *object, const char *name, const struct json_place *above,
    struct integer *out, struct error *error)
{
    const json_t *value = property(object, name);
    if (value == NULL)
        return 0;
    struct json_place place = {.above = above, .name = name};
    if (!whole_number(value, &out->value))
        return json_read_wrong(&place, "a whole number", value, error);
    out->present = true;
    return 0;
}

int json_read_object(const json_t *object, const char *name, const struct json_place *above,
    const json_t **out, struct error *error)
{
    struct json_place place = {.above = above, .name = name};
    *out = property(object, name);
    if (*out == NULL || json_is_object(*out))
        return 0;
    return json_read_wrong(&place, "an object", *out, error);
}

int json_read_array(const json_t *object, const char *name, const struct json_place *above,
    const json_t **out, struct error *error)
{
    struct json_place place = {.above = above, .name = name};
    *out = property(object, name);
    if (*out == NULL || json_is_array(*out))
        return 0;
    return json_read_wrong(&place, "a list", *out, error);
}

int json_read_text_list(const json_t *object, const char *name, const struct json_place *above,
    struct text_list *out, struct error *error)
{
    const json_t *array;
    if (json_read_array(object, name, above, &array, error) != 0)
        return -1;
    if (array == NULL)
        return 0;
    struct json_place list = {.above = above, .name = name};
    size_t count = json_array_size(array);
    out->present = true;
    out->items = count == 0 ? NULL : memory_new(count, sizeof(out->items[0]));
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        struct json_place place = {.above = &list, .index = i};
        if (!json_is_string(item)) {
            text_list_deinit(out);
            return json_read_wrong(&place, "a text", item, error);
        }
        out->items[out->count++] = text_of(item);
    }
    return 0;
}

static int read_tag(
    const json_t *item, const struct json_place *place, struct tag *out, struct error *error)
{
    if (!json_is_object(item))
        return json_read_wrong(place, "an object", item, error);
    if (json_read_text(item, "key", place, &out->key, error) != 0 ||
        json_read_text(item, "value", place, &out->value, error) != 0)
        return -1;
    if (out->key == NULL) {
        struct json_place key = {.above = place, .name = "key"};
        return json_read_wrong(&key, "a text", NULL, error);
    }
    if (out->value == NULL)
        out->value = memory_text("");
    return 0;
}

int json_read_tags(const json_t *object, const char *name, const struct json_place *above,
    struct tag_list *out, struct error *error)
{
    const json_t *array;
    if (json_read_array(object, name, above, &array, error) != 0)
        return -1;
    if (array == NULL)
        return 0;
    struct json_place list = {.above = above, .name = name};
    size_t count = json_array_size(array);
    out->present = true;
    out->items = count == 0 ? NULL : memory_new(count, sizeof(out->items[0]));
    for (size_t i = 0; i < count; i++) {
        struct json_place place = {.above = &list, .index = i};
        out->count = i + 1;
        if (read_tag(json_array_get(array, i), &place, &out->items[i], error) != 0) {
            tag_list_deinit(out);
            return -1;
        }
    }
    return 0;
}
