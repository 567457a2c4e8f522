// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Columns under titles, as wide as what stands in them; cut to a terminal's width when there is
// one. Cells are cleaned (display.h); prints nothing itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "imagectl/terminal.h"

struct table;
struct text;

// The titles are borrowed. The last column gives way first where the terminal is narrow, the first
// one next.
struct table *table_new(const char *const *titles, size_t columns) CHECK_RESULT;
void table_free(struct table *table); // NULL is fine

// Adds the next cell, row after row; NULL or "" shows as "-", but in the last column as nothing.
void table_add(struct table *table, const char *cell, enum paint paint);

size_t table_rows(const struct table *table);

// Appends the table, with titles. `rows`: at most so many of the table's.
void table_write(
    const struct table *table, const struct terminal *terminal, size_t rows, struct text *out);
