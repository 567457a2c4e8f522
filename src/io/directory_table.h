// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is known of each name, and what was last reported of it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/hash.h"
#include "io/directory_batch.h"

// A file that is written all the time is read after so many scans that left it alone.
#define DIRECTORY_DEFERRALS 10

enum directory_reported {
    REPORTED_NOTHING,
    REPORTED_READ,
    REPORTED_UNREADABLE,
    REPORTED_NOT_READY
};

struct directory_entry {
    UT_hash_handle hh;
    uint64_t seen_in; // the last scan that found it
    struct directory_fingerprint fingerprint;
    uint64_t digest; // of the bytes, or of the reason, last reported
    size_t length;   // likewise
    enum directory_reported reported;
    unsigned deferrals;
    bool racy;
    char name[];
};

// Initialise with {0}.
struct directory_table {
    struct directory_entry *entries; // uthash, by name
    uint64_t scan;
    size_t seen;
};

// Another scan begins: nothing is seen in it yet.
void directory_table_begin(struct directory_table *table);

// The entry of that name, made if need be, and marked as seen in this scan.
struct directory_entry *directory_table_see(struct directory_table *table, const char *name);
struct directory_entry *directory_table_find(
    const struct directory_table *table, const char *name); // NULL: not known
// How many entries this scan has seen.
size_t directory_table_seen(const struct directory_table *table);
// Forgets the entry, and frees it.
void directory_table_remove(struct directory_table *table, struct directory_entry *entry);
void directory_table_deinit(struct directory_table *table); // with all entries

// Whether this scan has seen it.
bool directory_entry_is_seen(
    const struct directory_table *table, const struct directory_entry *entry);

// Whether a regular file of this fingerprint surely is what was last read.
bool directory_entry_is_current(
    const struct directory_entry *entry, const struct directory_fingerprint *fingerprint);

// Takes note of a look, and collects it if it is news.
void directory_entry_update(struct directory_entry *entry, struct directory_look *look,
    struct directory_collection *collection);
