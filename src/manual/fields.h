// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A field table as a list for the manual: each field with what it may hold and what it does.
#pragma once

#include "core/field.h"

struct text;

enum fields_shown {
    FIELDS_DECLARED, // what a declaration may say
    FIELDS_OBSERVED, // what only the cloud says
};

// Groups come with their own fields. Selectors have a section of their own in the manual, and the
// table `elsewhere` (or NULL) has as well.
void fields_write(const struct field_table *table, enum fields_shown shown,
    const struct field_table *elsewhere, struct text *out);
