// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is wrong between the declarations of several files: names that are taken twice, sources that
// name no declaration, images made from each other in a circle.
#pragma once

#include <stddef.h>

struct declaration_file;

// Adds errors (and warnings, for a source that none of the files declares) to the documents
// concerned. A document that becomes bad loses its declaration, as when it is read.
void validate_files(struct declaration_file *const *files, size_t count);
