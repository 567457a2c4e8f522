// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a row of a field table says, in words for people: `imagectl explain` and the manual pages
// use the same.
#pragma once

#include "core/field.h"

struct text;

// Appends what the field may hold, as "whole number, at least 1, at most 13000".
void field_words_type(const struct field *field, struct text *out);

// What the check asks of a text, as the end of a sentence ("must be …"); NULL: nothing.
const char *field_words_form(const struct field *field);

// What a change of the field leads to, as "needs a new image".
const char *field_words_change(enum field_change change);

// Of which images the field is, as "copies of an image (source_image_id)"; NULL: of all.
const char *field_words_source(const struct field *field);
