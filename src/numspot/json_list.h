// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A list that stands in an object, read one element at a time: a list of all images, as a tree,
// takes many times the memory of its text.
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "core/attributes.h"
#include "core/error.h"
#include "numspot/json_read.h"

// Called for each element in its order, which is borrowed; -1 with an error ends the reading.
typedef int json_list_visit(
    const json_t *element, const struct json_place *place, void *data, struct error *error);

enum json_list_result {
    JSON_LIST_READ,
    JSON_LIST_WRONG, // it is JSON as far as it was read, but not such an object, or a visit failed
    JSON_LIST_NOT_JSON, // likewise with an error that says where
};

// Visits the elements of the list `name`. What else the object holds is passed over; a list that is
// missing, or there twice, is wrong. Elements before the place that is not JSON have been visited.
enum json_list_result json_list_read(const char *body, size_t length, const char *name,
    json_list_visit *visit, void *data, struct error *error) CHECK_RESULT;
