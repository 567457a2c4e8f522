// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Items in the order of their names, for walks in steps: whoever walks remembers a name and goes on
// behind it, whatever came or went meanwhile. A skip list; adding, removing and going on cost the
// logarithm of the number of items.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"

struct name_order;

struct name_order *name_order_new(uint64_t seed) CHECK_RESULT;
void name_order_free(struct name_order *order); // NULL is fine; the items are not its own

// The name is borrowed, and must not be there yet.
void name_order_add(struct name_order *order, const char *name, void *item);
// Does nothing when it is not there.
void name_order_remove(struct name_order *order, const char *name);

// Visits at most `limit` items in the order of their names' bytes, from the first whose name comes
// behind `after` (NULL: from the first of all). Returns how many; less than `limit`: that was the
// end. A visit must neither add nor remove.
size_t name_order_walk(const struct name_order *order, const char *after, size_t limit,
    void (*visit)(void *item, void *data), void *data);
