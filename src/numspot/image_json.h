// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images as the API's JSON, both ways, by the field table: what a row does not name is neither sent
// nor read.
#pragma once

#include "core/attributes.h"
#include "core/error.h"
#include "core/image.h"
#include "numspot/json_read.h"

// The body of a creation: CreateImage and nothing else, a selector as its id. The caller frees it.
// NULL with ERROR_INVALID when a selector was not resolved.
char *image_json_write(const struct image *image, struct error *error) CHECK_RESULT;

// One Image of an answer, standing at `place`. It must be an object with an id; properties that are
// not in the table are passed over. NULL with ERROR_INVALID naming the place. The caller frees it
// with image_free.
struct image *image_json_read(
    const json_t *value, const struct json_place *place, struct error *error) CHECK_RESULT;
