// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Changes YAML as a tree instead of as bytes, so that what comes out is still YAML, and gets past
// the parser to the code that gives it a meaning: keys of a field table come and go, values move
// about, aliases appear.
#pragma once

#include <stddef.h>

#include "core/field.h"

// Writes over `bytes` and returns the new size, at most `limit`; 0: it is no YAML, or nothing came
// of it. The table's names and choices are put in.
size_t yaml_mutate(const struct field_table *table, unsigned char *bytes, size_t size, size_t limit,
    unsigned seed);
