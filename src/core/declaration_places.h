// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Remembers where each field of a declaration stood, for errors that come later: from the API, from
// another file.
#pragma once

#include "core/attributes.h"

struct node;

// All places of a document without errors, as declaration_place() reads them: some four bytes for
// each field that has a row. Free them with free().
unsigned char *declaration_places_collect(const struct node *root) CHECK_RESULT;
