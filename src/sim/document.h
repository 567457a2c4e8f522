// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Reading from JSON documents whose shape was checked before.

#include <jansson.h>
#include <stdbool.h>

// The text called `name`, "" when there is none. Borrowed.
static inline const char *sim_document_text(const json_t *document, const char *name)
{
    const char *text = json_string_value(json_object_get(document, name));

    return text != NULL ? text : "";
}

// Whether `name` says anything: to the API, "", [] and false are the same as nothing.
static inline bool sim_document_gives(const json_t *document, const char *name)
{
    const json_t *value = json_object_get(document, name);

    return json_string_length(value) > 0 || json_array_size(value) > 0 || json_is_true(value);
}

// Sets `name` unless the document has it. Takes `value`.
static inline void sim_document_default(json_t *document, const char *name, json_t *value)
{
    if (json_object_get(document, name) != NULL) {
        json_decref(value);
    } else {
        json_object_set_new(document, name, value);
    }
}
