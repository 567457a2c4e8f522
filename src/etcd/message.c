// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/memory.h"
#include "etcd/message.h"

void etcd_entries_deinit(struct etcd_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->items[i].key);
        free(entries->items[i].value);
    }
    free(entries->items);
    *entries = (struct etcd_entries){0};
}

// ---- To be sent

static json_t *bytes(const char *text)
{
    CLEANUP(memory_free_text) char *encoded = base64_encode(text, strlen(text));
    return json_string(encoded);
}

static json_t *number(int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, value);
    return json_string(text);
}

// Keys are texts, so that no byte of one is 0xff.
char *etcd_end_of(const char *prefix)
{
    char *end = memory_text(prefix);
    size_t length = strlen(end);
    if (length > 0)
        end[length - 1] = (char)((unsigned char)end[length - 1] + 1);
    return end;
}

static const struct {
    const char *order;
    const char *target;
} orders[] = {
    [ETCD_BY_KEY] = {"ASCEND", "KEY"},
    [ETCD_BY_KEY_LAST_FIRST] = {"DESCEND", "KEY"},
    [ETCD_BY_CHANGE_LAST_FIRST] = {"DESCEND", "MOD"},
};

json_t *etcd_range(const struct etcd_range *range)
{
    json_t *body = json_pack("{s:o}", "key", bytes(range->key));
    if (range->end != NULL)
        json_object_set_new(body, "range_end", bytes(range->end));
    if (range->limit > 0)
        json_object_set_new(body, "limit", number((int64_t)range->limit));
    if (range->revision > 0)
        json_object_set_new(body, "revision", number(range->revision));
    if (range->keys_only)
        json_object_set_new(body, "keys_only", json_true());
    // By key upwards is how etcd has them; being asked for it, it would sort them once more.
    if (range->order != ETCD_BY_KEY) {
        json_object_set_new(body, "sort_order", json_string(orders[range->order].order));
        json_object_set_new(body, "sort_target", json_string(orders[range->order].target));
    }
    return body;
}

json_t *etcd_read(const char *key)
{
    return json_pack("{s:{s:o}}", "request_range", "key", bytes(key));
}

json_t *etcd_put(const char *key, const char *value, int64_t lease)
{
    json_t *put = json_pack("{s:o, s:o}", "key", bytes(key), "value", bytes(value));
    if (lease != 0)
        json_object_set_new(put, "lease", number(lease));
    return json_pack("{s:o}", "request_put", put);
}

json_t *etcd_delete(const char *key, const char *end)
{
    json_t *range = json_pack("{s:o}", "key", bytes(key));
    if (end != NULL)
        json_object_set_new(range, "range_end", bytes(end));
    return json_pack("{s:o}", "request_delete_range", range);
}

json_t *etcd_if_created(const char *key, int64_t revision)
{
    return json_pack("{s:o, s:s, s:s, s:o}", "key", bytes(key), "target", "CREATE", "result",
        "EQUAL", "create_revision", number(revision));
}

json_t *etcd_if_changed_before(const char *key, int64_t revision)
{
    return json_pack("{s:o, s:s, s:s, s:o}", "key", bytes(key), "target", "MOD", "result", "LESS",
        "mod_revision", number(revision));
}

json_t *etcd_if_value(const char *key, const char *value)
{
    return json_pack("{s:o, s:s, s:s, s:o}", "key", bytes(key), "target", "VALUE", "result",
        "EQUAL", "value", bytes(value));
}

json_t *etcd_transaction(json_t *conditions, json_t *then, json_t *otherwise)
{
    return json_pack(
        "{s:o, s:o, s:o}", "compare", conditions, "success", then, "failure", otherwise);
}

json_t *etcd_watch(const char *key, int64_t from_revision)
{
    return json_pack("{s:{s:o, s:o}}", "create_request", "key", bytes(key), "start_revision",
        number(from_revision));
}

json_t *etcd_number(const char *name, int64_t value)
{
    return json_pack("{s:o}", name, number(value));
}

// ---- As answered

int64_t etcd_number_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10) : 0;
}

int64_t etcd_revision_of(const json_t *answer)
{
    return etcd_number_of(json_object_get(answer, "header"), "revision");
}

// NULL: no base64, or a NUL within, which no key or value of ours has.
static char *text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL)
        return memory_text("");
    size_t length = 0;
    char *text = json_is_string(value) ? base64_decode(json_string_value(value), &length) : NULL;
    if (text != NULL && strlen(text) == length)
        return text;
    free(text);
    return NULL;
}

static int add_entry(const json_t *item, struct etcd_entries *entries, struct error *error)
{
    struct etcd_entry entry = {
        .key = text_of(item, "key"),
        .value = text_of(item, "value"),
        .create_revision = etcd_number_of(item, "create_revision"),
        .lease = etcd_number_of(item, "lease"),
    };
    if (entry.key == NULL || entry.value == NULL) {
        error_set(error, ERROR_CORRUPT, "%s%s holds bytes that are no text",
            entry.key == NULL ? "" : "the key ", entry.key == NULL ? "a key" : entry.key);
        free(entry.key);
        free(entry.value);
        return -1;
    }
    entries->items = memory_grow(
        entries->items, entries->count, &entries->capacity, sizeof(*entries->items));
    entries->items[entries->count++] = entry;
    return 0;
}

int etcd_entries_read(const json_t *answer, struct etcd_entries *entries, struct error *error)
{
    size_t index;
    json_t *item;
    const json_t *items = json_object_get(answer, "kvs");
    json_array_foreach(items, index, item) {
        if (add_entry(item, entries, error) != 0)
            return -1;
    }
    entries->more = json_is_true(json_object_get(answer, "more"));
    return 0;
}

const json_t *etcd_transaction_read(const json_t *answer, size_t index)
{
    const json_t *responses = json_object_get(answer, "responses");
    return json_object_get(json_array_get(responses, index), "response_range");
}
