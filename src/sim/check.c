// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Walks a document along its table.

#include "config.h"

#include "sim/check.h"
#include "sim/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct type {
    const char *description;
    json_type kind; // of the elements, where it is a list
    bool is_list;
} types[] = {
    [SIM_CHECK_STRING] = {"must be a string", JSON_STRING, false},
    [SIM_CHECK_INTEGER] = {"must be an integer", JSON_INTEGER, false},
    [SIM_CHECK_NUMBER] = {"must be a number", JSON_REAL, false},
    [SIM_CHECK_BOOLEAN] = {"must be a boolean", JSON_TRUE, false},
    [SIM_CHECK_STRINGS] = {"must be a list of strings", JSON_STRING, true},
    [SIM_CHECK_OBJECT] = {"must be an object", JSON_OBJECT, false},
    [SIM_CHECK_OBJECTS] = {"must be a list of objects", JSON_OBJECT, true},
    [SIM_CHECK_ANY] = {"", JSON_NULL, false},
};

int sim_check_violation(json_t *violations, const char *field, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(violations, json_pack("{s:s, s:s}", "field", field, "description", text));
    return -1;
}

static bool is_of_kind(const json_t *value, enum sim_check_type type)
{
    switch (type) {
    case SIM_CHECK_ANY:
        return true;
    case SIM_CHECK_BOOLEAN:
        return json_is_boolean(value);
    case SIM_CHECK_NUMBER:
        return json_is_number(value);
    default:
        return json_typeof(value) == types[type].kind;
    }
}

static int check_one(
    const struct sim_check_field *field, const json_t *value, const char *path, json_t *violations)
{
    const char *fault;

    if (!is_of_kind(value, field->type)) {
        return sim_check_violation(violations, path, "%s", types[field->type].description);
    }
    fault = field->rule != NULL ? field->rule(value) : NULL;
    if (fault != NULL) {
        return sim_check_violation(violations, path, "%s", fault);
    }
    if (field->fields != NULL) {
        return sim_check_object(field->fields, value, path, violations);
    }
    return 0;
}

static int check_list(
    const struct sim_check_field *field, const json_t *list, const char *path, json_t *violations)
{
    const json_t *value;
    size_t i;
    int result = 0;

    if (!json_is_array(list)) {
        return sim_check_violation(violations, path, "%s", types[field->type].description);
    }
    json_array_foreach(list, i, value) {
        char *element_path = sim_memory_format("%s[%zu]", path, i);

        if (check_one(field, value, element_path, violations) != 0) {
            result = -1;
        }
        free(element_path);
    }
    return result;
}

static const struct sim_check_field *find_field(
    const struct sim_check_field *fields, const char *name)
{
    for (; fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return fields;
        }
    }
    return NULL;
}

static char *join(const char *path, const char *name)
{
    return path[0] != '\0' ? sim_memory_format("%s.%s", path, name) : sim_memory_text(name);
}

static int check_property(
    const struct sim_check_field *field, const json_t *value, const char *path, json_t *violations)
{
    if (field == NULL) {
        return sim_check_violation(violations, path, "is not a known property");
    }
    if (types[field->type].is_list) {
        return check_list(field, value, path, violations);
    }
    return check_one(field, value, path, violations);
}

int sim_check_object(
    const struct sim_check_field *fields, const json_t *value, const char *path, json_t *violations)
{
    const char *name;
    json_t *property;
    int result = 0;

    if (!json_is_object(value)) {
        return sim_check_violation(violations, path, "must be an object");
    }
    json_object_foreach((json_t *)value, name, property) {
        char *property_path = join(path, name);

        if (check_property(find_field(fields, name), property, property_path, violations) != 0) {
            result = -1;
        }
        free(property_path);
    }
    for (; fields->name != NULL; fields++) {
        if (fields->required && json_object_get(value, fields->name) == NULL) {
            char *missing = join(path, fields->name);

            result = sim_check_violation(violations, missing, "is required");
            free(missing);
        }
    }
    return result;
}
