// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A declaration is known by its name, so no two may have the same: each of them is then bad, and
// names the other's place.
#pragma once

#include <stddef.h>

struct declaration_file;

// Among the documents of one file.
void declaration_names_check_file(struct declaration_file *file);

// Among documents of different files.
void declaration_names_check_files(struct declaration_file *const *files, size_t count);
