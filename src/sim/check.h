// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The shape of JSON documents, as tables: which properties there may be, of which type, with which
// rules of their own. Every fault of a document is found, not the first. What concerns several
// properties at once is not said here.

#include <jansson.h>
#include <stdbool.h>

enum sim_check_type {
    SIM_CHECK_STRING,
    SIM_CHECK_INTEGER,
    SIM_CHECK_NUMBER,
    SIM_CHECK_BOOLEAN,
    SIM_CHECK_STRINGS, // a list of strings
    SIM_CHECK_OBJECT,  // `fields` says which properties; any, when it is NULL
    SIM_CHECK_OBJECTS, // a list of such objects
    SIM_CHECK_ANY,
};

// One property. A table of them ends with a row without a name.
struct sim_check_field {
    const char *name;
    enum sim_check_type type;
    bool required;
    const struct sim_check_field *fields;
    // NULL when the value (each value of a list of strings) is right, else what is wrong with it.
    const char *(*rule)(const json_t *value);
};

// Checks the object `value`, found at `path` ("" at the top, "bsu" inside of that), and appends to
// `violations` an entry for each fault. 0 when there was none.
int sim_check_object(const struct sim_check_field *fields, const json_t *value, const char *path,
    json_t *violations);

// Appends {"field": …, "description": …}. Always -1.
int sim_check_violation(json_t *violations, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
