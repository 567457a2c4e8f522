// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The declaration of an image that is in the cloud already, out of what the daemon shows of it.
// Prints nothing itself.
#pragma once

#include <jansson.h>

#include "core/attributes.h"

struct error;
struct image_rows;
struct text;

struct import {
    const json_t *live;            // as GET /v1/cloud/images/ID shows it
    const char *installation;      // whose daemon this is
    const struct image_rows *rows; // the images that it looks after
};

// What the file declares, as JSON in its vocabulary; NULL and an error when the image cannot be
// declared. The caller owns the reference.
json_t *import_declaration(const struct import *import, struct error *error) CHECK_RESULT;

// What a person must know before the file is dropped, a sentence each: a list of texts, owned by
// the caller.
json_t *import_warnings(const struct import *import, const json_t *declaration) CHECK_RESULT;

// Appends the file: comments on what it is and does, the warnings among them, and the declaration.
void import_write(const struct import *import, const json_t *declaration, const json_t *warnings,
    struct text *out);
