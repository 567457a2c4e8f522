// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// "Did you mean …": the nearest known word to a misspelt one.
#pragma once

#include <stddef.h>

struct field;
struct field_table;
struct text;

// How many insertions, deletions, replacements and swaps of neighbouring letters lie between two
// words (restricted Damerau-Levenshtein distance, in bytes; case counts for nothing, nor does `-`
// against `_`). SIZE_MAX for words beyond 64 bytes.
size_t suggest_distance(const char *a, const char *b);

// The nearest of NULL-terminated words that is near enough to be meant, or NULL.
const char *suggest_word(const char *word, const char *const *known);

// The row of the table that a misspelt key means: by its name on the wire (`sourceImageId`), or as
// the nearest; or NULL. Rows that cannot be declared are not considered.
const struct field *suggest_field(const char *key, const struct field_table *table);

// Where in the groups of the table there is a field of exactly that name, in YAML or on the wire:
// appends its path, as `access.is_public`. Returns 0, or -1 when there is none.
int suggest_path(const char *key, const struct field_table *table, struct text *path);
