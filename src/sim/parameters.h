// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What stands after the question mark of a request, and in the body of a form: names and values,
// percent-encoded. Each name keeps all of its values, in order.

#include <jansson.h>
#include <stddef.h>

// `text` with %XX (and, in parameters, '+') undone, to be freed with free(); NULL when the encoding
// is broken, holds a NUL or is not UTF-8.
char *sim_parameters_decode(const char *text, size_t length, int plus_is_space);

// "a=1&b=2&a=3" as {"a": ["1", "3"], "b": ["2"]}; NULL when a part of it cannot be decoded.
json_t *sim_parameters_parse(const char *text, size_t length);

// The first value of `name`, borrowed; NULL when there is none.
const char *sim_parameters_first(const json_t *parameters, const char *name);
