// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/memory.h"
#include "core/text.h"
#include "io/store_etcd_text.h"
#include "io/store_members.h"
#include "numspot/percent.h"

char *store_etcd_key(const char *prefix, const char *group, const char *name)
{
    struct text key = {0};
    text_format(&key, "%s%s/", prefix, group);
    percent_append(&key, name);
    return text_steal(&key);
}

char *store_etcd_row_key(
    const char *prefix, const struct history_row *row, int64_t fence, uint64_t number)
{
    struct text key = {0};
    text_format(&key, "%shistory/", prefix);
    percent_append(&key, row->name);
    text_format(
        &key, "/%016" PRIx64 ".%012" PRIx64 ".%" PRId64, (uint64_t)fence, number, row->wall_ms);
    return text_steal(&key);
}

const char *store_etcd_row_place(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash == NULL || strchr(slash, '.') == NULL ? NULL : slash + 1;
}

int64_t store_etcd_row_wall_ms(const char *key)
{
    const char *place = store_etcd_row_place(key);
    const char *dot = place == NULL ? NULL : strrchr(place, '.');
    return dot == NULL ? 0 : strtoll(dot + 1, NULL, 10);
}

// ---- Texts: JSON's are UTF-8, ours need not be: then they stand in base64 in an object.

static json_t *text_json(const char *text)
{
    json_t *plain = json_string(text);
    if (plain != NULL)
        return plain;
    CLEANUP(memory_free_text) char *encoded = base64_encode(text, strlen(text));
    return json_pack("{s:s}", "base64", encoded);
}

// NULL: it is no text. The caller frees.
static char *json_text(const json_t *value)
{
    if (json_is_string(value))
        return memory_text(json_string_value(value));
    const char *encoded = json_string_value(json_object_get(value, "base64"));
    size_t length = 0;
    return encoded == NULL ? NULL : base64_decode(encoded, &length);
}

static char *dump(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

// ---- Records

char *store_etcd_write_record(const struct record *record, struct error *error)
{
    json_t *object = json_object();
    for (const struct store_member *member = store_members; member->name != NULL; member++) {
        CLEANUP(store_value_deinit) struct store_value value = {0};
        if (store_member_get(record, member, &value, error) != 0) {
            error_prefix(error, "storing image '%s'", record->name);
            json_decref(object);
            return NULL;
        }
        if (value.kind == STORE_VALUE_INTEGER)
            json_object_set_new(object, member->name, json_integer(value.integer));
        else if (value.kind == STORE_VALUE_TEXT)
            json_object_set_new(object, member->name, text_json(value.text));
    }
    return dump(object);
}

static int read_member(const json_t *object, const struct store_member *member,
    struct record *record, struct error *error)
{
    CLEANUP(store_value_deinit) struct store_value value = {0};
    const json_t *found = json_object_get(object, member->name);
    if (found == NULL)
        return 0; // as it is in a new record: absent, or unknown to the imaged that wrote it
    if (json_is_integer(found)) {
        value.kind = STORE_VALUE_INTEGER;
        value.integer = json_integer_value(found);
    } else {
        value.kind = STORE_VALUE_TEXT;
        value.owned = json_text(found);
        value.text = value.owned;
        if (value.owned == NULL)
            return error_set(error, ERROR_CORRUPT, "its %s is no text", member->name);
    }
    return store_member_set(record, member, &value, error);
}

// A newer imaged may have written what this one would drop.
static int check_members(const json_t *object, struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        const struct store_member *member = store_members;
        while (member->name != NULL && strcmp(member->name, name) != 0)
            member++;
        if (member->name == NULL)
            return error_set(error, ERROR_REFUSED,
                "it has a member `%s` that this imaged does not know: use a newer one", name);
    }
    return 0;
}

struct record *store_etcd_read_record(const char *value, struct error *error)
{
    json_t *object = json_loads(value, JSON_REJECT_DUPLICATES, NULL);
    struct record *record = record_new("");
    int result = json_is_object(object) ? check_members(object, error)
                                        : error_set(error, ERROR_CORRUPT, "it is no JSON object");
    for (const struct store_member *member = store_members; result == 0 && member->name != NULL;
         member++)
        result = read_member(object, member, record, error);
    json_decref(object);
    if (result == 0 && record->name != NULL && record->name[0] != '\0')
        return record;
    if (result == 0)
        error_set(error, ERROR_CORRUPT, "it has no name");
    record_free(record);
    return NULL;
}

// ---- History

char *store_etcd_write_row(const struct history_row *row)
{
    json_t *object = json_pack("{s:I, s:o, s:s, s:s, s:o}", "wall_ms", (json_int_t)row->wall_ms,
        "name", text_json(row->name), "state", state_name(row->state), "reason",
        reason_name(row->reason), "message", text_json(row->message == NULL ? "" : row->message));
    if (row->image_id != NULL)
        json_object_set_new(object, "image_id", text_json(row->image_id));
    return dump(object);
}

static int name_of(const json_t *object, const char *member, int (*from_name)(const char *name))
{
    const char *name = json_string_value(json_object_get(object, member));
    return name == NULL ? -1 : from_name(name);
}

struct history_row *store_etcd_read_row(const char *value, struct error *error)
{
    json_t *object = json_loads(value, JSON_REJECT_DUPLICATES, NULL);
    int state = name_of(object, "state", state_from_name);
    int reason = name_of(object, "reason", reason_from_name);
    struct history_row *row = memory_new(1, sizeof(*row));
    row->wall_ms = json_integer_value(json_object_get(object, "wall_ms"));
    row->name = json_text(json_object_get(object, "name"));
    row->message = json_text(json_object_get(object, "message"));
    row->image_id = json_text(json_object_get(object, "image_id"));
    json_decref(object);
    if (state >= 0 && reason >= 0 && row->name != NULL && row->message != NULL) {
        row->state = (enum image_state)state;
        row->reason = (enum reason)reason;
        return row;
    }
    error_set(error, ERROR_CORRUPT, "it is no row of history");
    history_row_free(row);
    return NULL;
}
