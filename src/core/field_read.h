// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reads a YAML mapping into a struct by its field table, and reports all that is wrong with it.
#pragma once

#include <stdbool.h>

struct field_table;
struct node;
struct problem_list;

// Fills the zeroed `object` with what the mapping gives and is good; the rest stays absent. `path`
// is where the mapping stands, "" at the top. The object owns what it holds (field_table_deinit),
// also when problems were added.
void field_table_read(const struct field_table *table, const struct node *mapping, const char *path,
    void *object, struct problem_list *problems);

// Whether the mapping has a key that is no field but seems to mean this one: it is not missing, it
// is misspelt.
bool field_is_misspelt(
    const struct field_table *table, const struct node *mapping, const char *name);
