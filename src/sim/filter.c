// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Filters as tables, and the walk that looks for a value along a path.

#include "config.h"

#include "sim/filter.h"
#include "sim/calendar.h"
#include "sim/check.h"
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

static const char *date_fault(const char *value)
{
    int64_t ignored;

    return sim_calendar_parse(value, &ignored) == 0 ? NULL : "must be an RFC 3339 date";
}

static const char *value_fault(enum sim_filter_type type, const char *value)
{
    char *end;

    switch (type) {
    case SIM_FILTER_BOOLEAN:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ? NULL
                                                                         : "must be true or false";
    case SIM_FILTER_INTEGER:
        strtoll(value, &end, 10);
        return value[0] != '\0' && *end == '\0' ? NULL : "must be an integer";
    case SIM_FILTER_TAG:
        return strchr(value, '=') != NULL ? NULL : "must be KEY=VALUE";
    case SIM_FILTER_DATE:
    case SIM_FILTER_FROM:
    case SIM_FILTER_TO:
        return date_fault(value);
    case SIM_FILTER_STRING:
        break;
    }
    return NULL;
}

static bool is_single(enum sim_filter_type type)
{
    return type == SIM_FILTER_BOOLEAN || type == SIM_FILTER_FROM || type == SIM_FILTER_TO;
}

static const struct sim_filter *find_filter(const struct sim_filter *filters, const char *name)
{
    for (; filters->name != NULL; filters++) {
        if (strcmp(filters->name, name) == 0) {
            return filters;
        }
    }
    return NULL;
}

static int check_values(const struct sim_filter *filter, const json_t *values, json_t *violations)
{
    const json_t *value;
    size_t i;
    int result = 0;

    if (is_single(filter->type) && json_array_size(values) > 1) {
        return sim_check_violation(violations, filter->name, "may be given once");
    }
    json_array_foreach(values, i, value) {
        const char *fault = value_fault(filter->type, json_string_value(value));

        if (fault != NULL) {
            result = sim_check_violation(violations, filter->name, "%s", fault);
        }
    }
    return result;
}

int sim_filter_check(const struct sim_filter *filters, const json_t *query, json_t *violations)
{
    const char *name;
    json_t *values;
    int result = 0;

    json_object_foreach((json_t *)query, name, values) {
        const struct sim_filter *filter = find_filter(filters, name);

        if (filter == NULL) {
            result = sim_check_violation(violations, name, "is not a known query parameter");
        } else if (check_values(filter, values, violations) != 0) {
            result = -1;
        }
    }
    return result;
}

const char *sim_filter_unmodelled(const struct sim_filter *filters, const json_t *query)
{
    const char *name;
    json_t *values;

    json_object_foreach((json_t *)query, name, values) {
        if (find_filter(filters, name)->path == NULL) {
            return name;
        }
    }
    return NULL;
}

static bool match_string(const json_t *found, const char *wanted)
{
    return json_is_string(found) && strcmp(json_string_value(found), wanted) == 0;
}

static bool match_tag(const json_t *tag, const char *wanted)
{
    const char *key = json_string_value(json_object_get(tag, "key"));
    const char *value = json_string_value(json_object_get(tag, "value"));
    size_t length = strlen(key);

    return strncmp(wanted, key, length) == 0 && wanted[length] == '=' &&
           strcmp(wanted + length + 1, value) == 0;
}

static bool match_date(const json_t *found, const char *wanted, enum sim_filter_type type)
{
    int64_t found_us, wanted_us;

    if (!json_is_string(found) || sim_calendar_parse(json_string_value(found), &found_us) != 0 ||
        sim_calendar_parse(wanted, &wanted_us) != 0) {
        return false;
    }
    switch (type) {
    case SIM_FILTER_FROM:
        return found_us >= wanted_us;
    case SIM_FILTER_TO:
        return found_us <= wanted_us;
    default:
        return found_us == wanted_us;
    }
}

static bool match_value(const json_t *found, const char *wanted, enum sim_filter_type type)
{
    switch (type) {
    case SIM_FILTER_STRING:
        return match_string(found, wanted);
    case SIM_FILTER_INTEGER:
        return json_is_integer(found) && json_integer_value(found) == strtoll(wanted, NULL, 10);
    case SIM_FILTER_BOOLEAN:
        return json_is_boolean(found) && json_is_true(found) == (strcmp(wanted, "true") == 0);
    case SIM_FILTER_TAG:
        return match_tag(found, wanted);
    case SIM_FILTER_DATE:
    case SIM_FILTER_FROM:
    case SIM_FILTER_TO:
        return match_date(found, wanted, type);
    }
    return false;
}

static bool match_any(const json_t *found, const json_t *values, enum sim_filter_type type)
{
    const json_t *value;
    size_t i;

    json_array_foreach(values, i, value) {
        if (match_value(found, json_string_value(value), type)) {
            return true;
        }
    }
    return false;
}

#define STEP_MAX 64 // longer than any step of a path

// Takes the first step of *path, which is not empty, down from `node`; NULL when it leads nowhere.
static const json_t *step_down(const json_t *node, const char **path)
{
    size_t length = strcspn(*path, ".");
    char step[STEP_MAX];

    memcpy(step, *path, length);
    step[length] = '\0';
    *path += length + ((*path)[length] == '.');
    return json_object_get(node, step);
}

// Whether any value at `path` below `node` is among `values`.
static bool search(
    const json_t *node, const char *path, const json_t *values, enum sim_filter_type type)
{
    const json_t *element;
    size_t i;

    if (json_is_array(node)) {
        json_array_foreach(node, i, element) {
            if (search(element, path, values, type)) {
                return true;
            }
        }
        return false;
    }
    if (path[0] == '\0') {
        return match_any(node, values, type);
    }
    node = step_down(node, &path);
    return node != NULL && search(node, path, values, type);
}

bool sim_filter_match(const struct sim_filter *filters, const json_t *query, const json_t *document,
    const char *settled)
{
    const char *name;
    json_t *values;

    json_object_foreach((json_t *)query, name, values) {
        const struct sim_filter *filter = find_filter(filters, name);

        if ((settled == NULL || strcmp(name, settled) != 0) &&
            !search(document, filter->path, values, filter->type)) {
            return false;
        }
    }
    return true;
}
