// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reading values out of JSON that others wrote: absent and null are the same, a wrong type is an
// error that says where. What is not asked for is passed over.
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "core/image.h"

// Where a value stands, as a chain of frames on the stack: costs nothing until it has to be said.
struct json_place {
    const struct json_place *above; // NULL: this is the outermost
    const char *name;               // of a property; NULL: an element of the array above
    size_t index;                   // of the element
};

// Refuses, with ERROR_INVALID, a body that as a tree would take far more memory than any answer of
// the API does.
int json_read_check(const char *body, size_t length, struct error *error) CHECK_RESULT;

// Parses a whole body: NULL with ERROR_INVALID when it is not JSON, or anything follows. The caller
// releases it with json_decref. Nesting is bounded by jansson (2048 levels).
json_t *json_read_body(const char *body, size_t length, struct error *error) CHECK_RESULT;

// Sets "items[3].tags must be a list, not a string" and returns -1.
int json_read_wrong(
    const struct json_place *place, const char *wanted, const json_t *found, struct error *error);

// Each reads the property `name` of an object that stands at `above`. Where it is absent or null,
// `*out` is not touched (what `out` holds on entry must be empty: it is overwritten).
int json_read_text(const json_t *object, const char *name, const struct json_place *above,
    char **out, struct error *error) CHECK_RESULT;
int json_read_boolean(const json_t *object, const char *name, const struct json_place *above,
    enum boolean *out, struct error *error) CHECK_RESULT;
// A whole number, also when written as 10.0.
int json_read_integer(const json_t *object, const char *name, const struct json_place *above,
    struct integer *out, struct error *error) CHECK_RESULT;
int json_read_text_list(const json_t *object, const char *name, const struct json_place *above,
    struct text_list *out, struct error *error) CHECK_RESULT;
// A list of {key, value}.
int json_read_tags(const json_t *object, const char *name, const struct json_place *above,
    struct tag_list *out, struct error *error) CHECK_RESULT;

// Borrowed: the property when it is an object, or a list; NULL when it is absent. -1 when it is
// something else.
int json_read_object(const json_t *object, const char *name, const struct json_place *above,
    const json_t **out, struct error *error) CHECK_RESULT;
int json_read_array(const json_t *object, const char *name, const struct json_place *above,
    const json_t **out, struct error *error) CHECK_RESULT;
