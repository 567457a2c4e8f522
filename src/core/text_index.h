// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Items that are found by a text of theirs, in little memory: 12 bytes a place, of which at most
// seven eighths are taken. For tables as long as there are images; where there are few, or the
// order of coming matters, core/hash.h is the simpler one.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The text that an item is found by. It must stay the same while the item is in the index.
typedef const char *text_index_key(const void *item);

struct text_index {
    text_index_key *key;
    uint32_t *hashes; // 0: the place is free
    void **items;     // borrowed
    size_t places;    // a power of two, or 0
    size_t count;
};

void text_index_init(struct text_index *index, text_index_key *key);
void text_index_deinit(struct text_index *index); // the items are not its own

// NULL: none.
void *text_index_find(const struct text_index *index, const char *key);

// Puts an item in, in place of the one of the same text, if there is one.
void text_index_put(struct text_index *index, void *item);

// Does nothing when none of that text is there.
void text_index_remove(struct text_index *index, const char *key);

// The next item, in no particular order, or NULL; `place` starts with 0. What follows must not be
// put in or removed meanwhile, but the item that was returned may be removed if then `place` is
// decremented: another one may have moved to where it was.
void *text_index_next(const struct text_index *index, size_t *place);
