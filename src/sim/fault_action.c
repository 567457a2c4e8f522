// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Actions as a table. An action that has no value of its own may be given as its name alone.

#include "config.h"

#include "sim/fault_action.h"
#include "sim/calendar.h"
#include "sim/store.h"

#include <string.h>

#define STALE_MS INT64_C(30000) // of "stale" without a duration

struct reading {
    struct sim_fault *fault;
    struct sim_error *error;
};

static int read_flag(const struct reading *reading, const char *name, const json_t *value)
{
    if (!json_is_true(value)) {
        return sim_error_set(reading->error, "%s takes no value but true", name);
    }
    return 0;
}

static int read_duration(
    const struct reading *reading, const char *name, const json_t *value, int64_t *duration_ms)
{
    if (!json_is_string(value) ||
        sim_calendar_duration(json_string_value(value), duration_ms) != 0) {
        return sim_error_set(reading->error, "%s must be a duration like \"5s\"", name);
    }
    return 0;
}

static int read_span(const struct reading *reading, const char *name, const json_t *value)
{
    return read_duration(reading, name, value, &reading->fault->duration_ms);
}

static int read_stale(const struct reading *reading, const char *name, const json_t *value)
{
    if (json_is_true(value)) {
        reading->fault->duration_ms = STALE_MS;
        return 0;
    }
    if (read_span(reading, name, value) != 0) {
        return -1;
    }
    if (reading->fault->duration_ms >= SIM_STORE_HISTORY_MS) {
        return sim_error_set(reading->error, "stale reaches back less than 10m");
    }
    return 0;
}

static int read_status(const struct reading *reading, const char *name, const json_t *value)
{
    json_int_t status = json_integer_value(value);

    if (!json_is_integer(value) || status < 200 || status > 599) {
        return sim_error_set(reading->error, "%s must be from 200 to 599", name);
    }
    reading->fault->status = (int)status;
    return 0;
}

static int read_patch(const struct reading *reading, const char *name, const json_t *value)
{
    if (!json_is_object(value)) {
        return sim_error_set(reading->error, "%s must be an object", name);
    }
    reading->fault->body = value;
    return 0;
}

static int read_delay(const struct reading *reading, const char *name, const json_t *value)
{
    return read_duration(reading, name, value, &reading->fault->delay_ms);
}

static int read_headers(const struct reading *reading, const char *name, const json_t *value)
{
    const char *header;
    json_t *text;

    json_object_foreach((json_t *)value, header, text) {
        if (!json_is_string(text)) {
            return sim_error_set(reading->error, "%s: %s must be a string", name, header);
        }
    }
    reading->fault->headers = value;
    return json_is_object(value) ? 0 : sim_error_set(reading->error, "%s must be an object", name);
}

static int read_body(const struct reading *reading, const char *name, const json_t *value)
{
    (void)name;
    reading->fault->body = value;
    return 0;
}

// The kinds of fault, and then what may accompany one (SIM_FAULT_NONE).
static const struct key {
    const char *name;
    enum sim_fault_kind kind;
    int (*read)(const struct reading *reading, const char *name, const json_t *value);
} keys[] = {
    {"status", SIM_FAULT_STATUS, read_status},
    {"close_before", SIM_FAULT_CLOSE_BEFORE, read_flag},
    {"close_after", SIM_FAULT_CLOSE_AFTER, read_flag},
    {"truncate", SIM_FAULT_TRUNCATE, read_flag},
    {"apply_then_500", SIM_FAULT_APPLY_THEN_500, read_flag},
    {"stale", SIM_FAULT_STALE, read_stale},
    {"hidden", SIM_FAULT_HIDDEN, read_span},
    {"late", SIM_FAULT_LATE, read_span},
    {"fail_image", SIM_FAULT_FAIL_IMAGE, read_flag},
    {"patch", SIM_FAULT_PATCH, read_patch},
    {"delay", SIM_FAULT_NONE, read_delay},
    {"headers", SIM_FAULT_NONE, read_headers},
    {"body", SIM_FAULT_NONE, read_body},
};

static int read_key(const struct reading *reading, const char *name, const json_t *value)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if (keys[i].kind != SIM_FAULT_NONE) {
            if (reading->fault->kind != SIM_FAULT_NONE) {
                return sim_error_set(
                    reading->error, "%s cannot go with another kind of fault", name);
            }
            reading->fault->kind = keys[i].kind;
        }
        return keys[i].read(reading, name, value);
    }
    return sim_error_set(reading->error, "'%s' is not a known action", name);
}

static int read_object(const struct reading *reading, const json_t *action)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)action, name, value) {
        if (read_key(reading, name, value) != 0) {
            return -1;
        }
    }
    if (json_object_size(action) == 0) {
        return sim_error_set(reading->error, "the action is empty");
    }
    if (reading->fault->kind != SIM_FAULT_STATUS &&
        (json_object_get(action, "headers") != NULL || json_object_get(action, "body") != NULL)) {
        return sim_error_set(reading->error, "headers and body go with a status");
    }
    return 0;
}

int sim_fault_action_read(const json_t *action, struct sim_fault *fault, struct sim_error *error)
{
    struct reading reading = {fault, error};

    *fault = (struct sim_fault){0};
    if (json_is_string(action)) {
        return read_key(&reading, json_string_value(action), json_true());
    }
    if (json_is_object(action)) {
        return read_object(&reading, action);
    }
    return sim_error_set(error, "action must be a string or an object");
}
