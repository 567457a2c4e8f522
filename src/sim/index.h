// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// From a text to all the items that bear it, in the order they were added. Adding, removing and
// finding cost the same however many there are: 100,000 images may share one tag. Items are
// borrowed.

struct sim_index;

// One item under one key. Whoever added it keeps it, to remove it by.
struct sim_index_entry;

struct sim_index *sim_index_new(void);

// Frees the index and what is left in it.
void sim_index_free(struct sim_index *index);

struct sim_index_entry *sim_index_add(struct sim_index *index, const char *key, void *item);

void sim_index_remove(struct sim_index *index, struct sim_index_entry *entry);

// The first entry under `key`, then the following ones; NULL at the end. Not to be kept over a
// change of the index.
const struct sim_index_entry *sim_index_find(const struct sim_index *index, const char *key);
const struct sim_index_entry *sim_index_next(const struct sim_index_entry *entry);

void *sim_index_item(const struct sim_index_entry *entry);
