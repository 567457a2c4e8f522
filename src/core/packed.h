// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// An object that a field table describes, in as little memory as that is possible: one block with
// all that it holds, and without its words that are zero. Most fields of most objects are absent.
// It does not change, and is opened where it is needed, which costs about as much as copying the
// struct: nothing is allocated.
#pragma once

#include "core/attributes.h"
#include "core/field.h"

struct packed;

// A copy of the object, which stays as it is. Free it with free().
struct packed *packed_new(const struct field_table *table, const void *object) CHECK_RESULT;

// Fills in an object of the same table. What it points to is the packed one's: it must not be
// changed or freed, and is valid as long as that.
void packed_open(const struct packed *packed, const struct field_table *table, void *object);
