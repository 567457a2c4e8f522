// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/canonical.h"
#include "core/declaration.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/utf8.h"
#include "imaged/api_json.h"

json_t *api_json_text(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    struct text clean = {0};
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        size_t size = utf8_decode(text + i, length - i, NULL);
        if (size == 0)
            text_format(&clean, "\\x%02x", (unsigned char)text[i]);
        else
            text_append_n(&clean, text + i, size);
        i += size == 0 ? 1 : size;
    }
    value = json_string(text_string(&clean));
    text_deinit(&clean);
    return value;
}

json_t *api_json_time(int64_t wall_ms)
{
    if (wall_ms == 0)
        return json_null();
    char text[TIMESTAMP_SIZE];
    timestamp_format(wall_ms, text);
    return json_string(text);
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void add_next(json_t *object, const struct image_status *status, struct instant now)
{
    bool scheduled = status->next_ms != INSTANT_NEVER && status->record->state != STATE_AVAILABLE;
    int64_t wait_ms = scheduled ? status->next_ms - now.monotonic_ms : 0;
    if (wait_ms < 0)
        wait_ms = 0;
    set(object, "next_attempt", scheduled ? api_json_time(now.wall_ms + wait_ms) : json_null());
    set(object, "next_attempt_ms", scheduled ? json_integer(wait_ms) : json_null());
}

json_t *api_json_image(const struct image_status *status, struct instant now)
{
    const struct record *record = status->record;
    json_t *object = json_object();
    int64_t age_ms = now.wall_ms - record->since_wall_ms;
    set(object, "name", api_json_text(record->name));
    set(object, "state", json_string(state_name(record->state)));
    set(object, "reason", json_string(reason_name(record->reason)));
    set(object, "message", api_json_text(record->message));
    set(object, "image_id", api_json_text(record->image_id));
    set(object, "cloud_name", api_json_text(record->cloud_name));
    set(object, "cloud_state",
        api_json_text(status->live == NULL ? NULL : image_open(status->live).cloud_state));
    set(object, "file", api_json_text(record->file));
    set(object, "line",
        status->declaration == NULL || status->declaration->place.line == 0
            ? json_null()
            : json_integer(status->declaration->place.line));
    set(object, "declared", json_boolean(status->declared));
    set(object, "in_flight", json_boolean(status->in_flight));
    set(object, "since", api_json_time(record->since_wall_ms));
    set(object, "age_ms", json_integer(age_ms < 0 ? 0 : age_ms));
    set(object, "attempts",
        json_integer(
            record->attempts > record->failed_builds ? record->attempts : record->failed_builds));
    add_next(object, status, now);
    set(object, "pending_since", api_json_time(status->pending_since_wall_ms));
    set(object, "suspended", json_boolean(record->suspended));
    set(object, "invalid", api_json_text(status->invalid));
    return object;
}

static json_t *parsed(const char *canonical)
{
    json_t *value = canonical == NULL ? NULL : json_loads(canonical, 0, NULL);
    return value == NULL ? json_null() : value;
}

json_t *api_json_live(const struct packed *live)
{
    if (live == NULL)
        return json_null();
    struct image image = image_open(live);
    struct text text = {0};
    canonical_write(&image_table, &image, CANONICAL_WHOLE, &text);
    json_t *value = parsed(text_string(&text));
    text_deinit(&text);
    return value;
}

static json_t *difference_array(const struct difference_list *differences)
{
    json_t *array = json_array();
    for (size_t i = 0; i < differences->count; i++) {
        const struct difference *difference = &differences->items[i];
        json_t *object = json_object();
        set(object, "field", api_json_text(difference->path));
        set(object, "from", api_json_text(difference->from));
        set(object, "to", api_json_text(difference->to));
        set(object, "change",
            json_string(difference->field->change == CHANGE_IN_PLACE ? "in place" : "replaces"));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *api_json_details(const struct image_status *status,
    const struct difference_list *differences, struct instant now)
{
    const struct record *record = status->record;
    json_t *object = api_json_image(status, now);
    set(object, "declaration", parsed(record->declaration));
    set(object, "live", api_json_live(status->live));
    set(object, "differences", difference_array(differences));
    set(object, "source_id", api_json_text(record->source_id));
    set(object, "made", api_json_time(record->made_wall_ms));
    set(object, "intent", json_string(intent_name(record->intent)));
    set(object, "removed_since", api_json_time(record->removed_wall_ms));
    return object;
}

json_t *api_json_plan(const char *name, const struct declaration *declaration,
    const struct record *record, const struct plan *plan)
{
    json_t *object = json_object();
    set(object, "name", api_json_text(name));
    set(object, "change", json_string(plan_change_name(plan->change)));
    set(object, "why", api_json_text(plan->why));
    set(object, "needs_approval", json_boolean(plan->needs_approval));
    set(object, "image_id", api_json_text(record == NULL ? NULL : record->image_id));
    set(object, "file", api_json_text(declaration == NULL ? NULL : declaration->file));
    set(object, "line",
        declaration == NULL || declaration->place.line == 0
            ? json_null()
            : json_integer(declaration->place.line));
    set(object, "declaration", parsed(declaration == NULL ? NULL : declaration->canonical));
    set(object, "differences", difference_array(&plan->differences));
    return object;
}

json_t *api_json_history(const struct history_row *row)
{
    json_t *object = json_object();
    set(object, "time", api_json_time(row->wall_ms));
    set(object, "name", api_json_text(row->name));
    set(object, "state", json_string(state_name(row->state)));
    set(object, "reason", json_string(reason_name(row->reason)));
    set(object, "message", api_json_text(row->message));
    set(object, "image_id", api_json_text(row->image_id));
    return object;
}
