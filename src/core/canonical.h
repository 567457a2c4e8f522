// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A declaration as one line of JSON in YAML's vocabulary: its durable form, which the same reader
// reads again. Two declarations that mean the same have the same text: keys stand in the table's
// order, and lists whose order means nothing (tags, devices, product codes) are sorted.
#pragma once

#include <stdbool.h>

#include "core/field.h"

struct image;
struct text;

#define CANONICAL_DIGEST_SIZE 9 // eight hex digits and NUL

enum canonical_part {
    CANONICAL_WHOLE,
    CANONICAL_REPLACING, // only fields that force replacement, without values that the API takes
                         // anyway
};

// Appends the object, which must be present.
void canonical_write(const struct field_table *table, const void *object, enum canonical_part part,
    struct text *out);

// Appends one member, likewise.
void canonical_write_member(
    const struct field *field, const void *object, enum canonical_part part, struct text *out);

// Appends a text as a JSON string that YAML reads as the same text.
void canonical_write_text(const char *text, struct text *out);

// Whether the member holds the value that the API takes when the field is absent; an absent one
// does.
bool canonical_is_default(const struct field *field, const void *object);

// The digest over the fields that force replacement, but for the name, which may contain it. A
// selector that has an id counts by its id alone, so that an image whose selectors were resolved
// has the digest of what it is made from. The same in all versions.
void canonical_digest(const struct image *image, char digest[CANONICAL_DIGEST_SIZE]);

// The image's name with {digest} put in; the caller frees it. NULL without a name.
char *canonical_cloud_name(const struct image *image, const char *digest);
