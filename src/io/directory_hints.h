// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Which files of a directory may be other than they were: names, as long as they are few, or else
// "any". Only declaration files count, and each once.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// More than these are as well looked for in the whole directory.
#define DIRECTORY_HINTS_LIMIT 256

// Initialise with {0}: none.
struct directory_hints {
    bool any;
    char **names;
    size_t count;
};

// Names that are no declaration file's are left out.
void directory_hints_add(struct directory_hints *hints, const char *name);

// All of `more`, which is empty afterwards.
void directory_hints_join(struct directory_hints *hints, struct directory_hints *more);

void directory_hints_add_any(struct directory_hints *hints);
bool directory_hints_are_none(const struct directory_hints *hints);

// Empties them, and frees the names.
void directory_hints_deinit(struct directory_hints *hints);
