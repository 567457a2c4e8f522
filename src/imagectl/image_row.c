// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/quote.h"
#include "core/state.h"
#include "core/suggest.h"
#include "imagectl/image_row.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *key;
    size_t offset;
} texts[] = {
    {"name", offsetof(struct image_row, name)},
    {"state", offsetof(struct image_row, state)},
    {"reason", offsetof(struct image_row, reason)},
    {"message", offsetof(struct image_row, message)},
    {"image_id", offsetof(struct image_row, image_id)},
    {"cloud_name", offsetof(struct image_row, cloud_name)},
    {"cloud_state", offsetof(struct image_row, cloud_state)},
    {"file", offsetof(struct image_row, file)},
    {"since", offsetof(struct image_row, since)},
    {"next_attempt", offsetof(struct image_row, next_attempt)},
    {"pending_since", offsetof(struct image_row, pending_since)},
    {"invalid", offsetof(struct image_row, invalid)},
};

static const struct {
    const char *key;
    size_t offset;
} integers[] = {
    {"line", offsetof(struct image_row, line)},
    {"age_ms", offsetof(struct image_row, age_ms)},
    {"attempts", offsetof(struct image_row, attempts)},
    {"next_attempt_ms", offsetof(struct image_row, next_attempt_ms)},
};

static const struct {
    const char *key;
    size_t offset;
} flags[] = {
    {"declared", offsetof(struct image_row, declared)},
    {"in_flight", offsetof(struct image_row, in_flight)},
    {"suspended", offsetof(struct image_row, suspended)},
};

int image_row_read(const json_t *json, struct image_row *row, struct error *error)
{
    char *base = (char *)row;
    *row = (struct image_row){.json = json};
    for (size_t i = 0; i < COUNT(texts); i++)
        *(const char **)(base + texts[i].offset) = json_string_value(
            json_object_get(json, texts[i].key));
    for (size_t i = 0; i < COUNT(integers); i++) {
        const json_t *value = json_object_get(json, integers[i].key);
        *(int64_t *)(base + integers[i].offset) = json_is_integer(value) ? json_integer_value(value)
                                                                         : IMAGE_ROW_UNKNOWN;
    }
    for (size_t i = 0; i < COUNT(flags); i++)
        *(bool *)(base + flags[i].offset) = json_is_true(json_object_get(json, flags[i].key));
    if (row->name == NULL || row->state == NULL)
        return error_set(error, ERROR_CORRUPT,
            "imaged's answer has an image without name or state; are imaged and imagectl of one version?");
    if (row->reason == NULL)
        row->reason = "";
    if (row->message == NULL)
        row->message = "";
    return 0;
}

int image_rows_read(const json_t *answer, struct image_rows *rows, struct error *error)
{
    const json_t *items = json_object_get(answer, "items");
    *rows = (struct image_rows){0};
    if (!json_is_array(items))
        return error_set(error, ERROR_CORRUPT,
            "imaged's answer has no images; are imaged and imagectl of one version?");
    size_t count = json_array_size(items);
    rows->items = memory_new(count, sizeof(struct image_row));
    for (size_t i = 0; i < count; i++) {
        if (image_row_read(json_array_get(items, i), &rows->items[i], error) != 0) {
            image_rows_deinit(rows);
            return -1;
        }
        rows->count++;
    }
    return 0;
}

void image_rows_deinit(struct image_rows *rows)
{
    free(rows->items);
    *rows = (struct image_rows){0};
}

const struct image_row *image_rows_find(const struct image_rows *rows, const char *name)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].name, name) == 0)
            return &rows->items[i];
    return NULL;
}

static int fail_unknown(const struct image_rows *rows, const char *name, struct error *error)
{
    const char **known = memory_new(rows->count + 1, sizeof(*known));
    for (size_t i = 0; i < rows->count; i++)
        known[i] = rows->items[i].name;
    const char *nearest = suggest_word(name, known);
    char *quoted = quote_text(name);
    if (nearest != NULL)
        error_set(
            error, ERROR_NOT_FOUND, "there is no image %s; did you mean \"%s\"?", quoted, nearest);
    else
        error_set(error, ERROR_NOT_FOUND, "there is no image %s; `imagectl status` lists them all",
            quoted);
    free(quoted);
    free(known);
    return -1;
}

void image_rows_keep(struct image_rows *rows, char *const *names, size_t count)
{
    if (count == 0)
        return;
    struct image_rows kept = {.items = memory_new(count, sizeof(struct image_row))};
    for (size_t i = 0; i < count; i++) {
        const struct image_row *row = image_rows_find(rows, names[i]);
        if (row != NULL && image_rows_find(&kept, names[i]) == NULL)
            kept.items[kept.count++] = *row;
    }
    free(rows->items);
    *rows = kept;
}

int image_rows_select(
    struct image_rows *rows, char *const *names, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (image_rows_find(rows, names[i]) == NULL)
            return fail_unknown(rows, names[i], error);
    image_rows_keep(rows, names, count);
    return 0;
}

bool image_row_needs_person(const struct image_row *row)
{
    return state_from_name(row->state) == STATE_FAILED || row->invalid != NULL;
}

bool image_row_settled(const struct image_row *row)
{
    if (row->in_flight)
        return false;
    if (state_from_name(row->state) != STATE_PENDING)
        return true;
    int reason = reason_from_name(row->reason);
    return reason == REASON_AWAITING_APPROVAL || reason == REASON_SUSPENDED ||
           reason == REASON_WAITING_FOR_SOURCE;
}
