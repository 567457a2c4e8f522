// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Texts of declarations, by chance.
#pragma once

#include "core/attributes.h"
#include "simulation/operators.h"

// How all images of the second installation are described, and no others: so that it can be told
// who made one, without asking either.
#define DECLARATIONS_NEIGHBOUR "the neighbour's"

// A good one for the slot, with all that a declaration can ask for; `plain`: without a lifecycle.
// The caller frees it.
char *declarations_make(struct world *world, size_t slot, bool plain) CHECK_RESULT;

// A text that cannot be used, as an editor or a hasty hand leaves it; the caller frees it.
char *declarations_spoil(struct world *world, const char *text) CHECK_RESULT;
