// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/directory_table.h"

#define FNV_OFFSET 0xcbf29ce484222325u
#define FNV_PRIME  0x100000001b3u

// FNV-1a. Whoever makes two contents collide on purpose hides one file of his own from himself.
static uint64_t digest_of(const char *bytes, size_t length)
{
    uint64_t digest = FNV_OFFSET;
    for (size_t i = 0; i < length; i++)
        digest = (digest ^ (unsigned char)bytes[i]) * FNV_PRIME;
    return digest;
}

// uthash's own function makes clang complain of its falling through in our file.
#undef HASH_FUNCTION
#define HASH_FUNCTION(key, length, hash) ((hash) = (unsigned)digest_of((key), (length)))

void directory_table_begin(struct directory_table *table)
{
    table->scan++;
    table->seen = 0;
}

struct directory_entry *directory_table_find(const struct directory_table *table, const char *name)
{
    struct directory_entry *entry = NULL;
    HASH_FIND(hh, table->entries, name, (unsigned)strlen(name), entry);
    return entry;
}

struct directory_entry *directory_table_see(struct directory_table *table, const char *name)
{
    struct directory_entry *entry = directory_table_find(table, name);
    if (entry == NULL) {
        size_t length = strlen(name);
        entry = memory_new(1, sizeof(*entry) + length + 1);
        memcpy(entry->name, name, length);
        HASH_ADD_KEYPTR(hh, table->entries, entry->name, (unsigned)length, entry);
    }
    if (entry->seen_in != table->scan)
        table->seen++;
    entry->seen_in = table->scan;
    return entry;
}

size_t directory_table_seen(const struct directory_table *table)
{
    return table->seen;
}

void directory_table_remove(struct directory_table *table, struct directory_entry *entry)
{
    if (directory_entry_is_seen(table, entry))
        table->seen--;
    HASH_DELETE(hh, table->entries, entry);
    free(entry);
}

void directory_table_deinit(struct directory_table *table)
{
    struct directory_entry *entry, *next;
    HASH_ITER(hh, table->entries, entry, next)
    {
        directory_table_remove(table, entry);
    }
}

bool directory_entry_is_seen(
    const struct directory_table *table, const struct directory_entry *entry)
{
    return entry->seen_in == table->scan;
}

bool directory_entry_is_current(
    const struct directory_entry *entry, const struct directory_fingerprint *fingerprint)
{
    return entry->reported == REPORTED_READ && !entry->racy &&
           directory_fingerprint_equal(&entry->fingerprint, fingerprint);
}

static bool is_news(struct directory_entry *entry, enum directory_reported reported,
    const char *bytes, size_t length)
{
    uint64_t digest = digest_of(bytes, length);
    bool news = entry->reported != reported || entry->length != length || entry->digest != digest;
    entry->reported = reported;
    entry->length = length;
    entry->digest = digest;
    return news;
}

void directory_entry_update(struct directory_entry *entry, struct directory_look *look,
    struct directory_collection *collection)
{
    entry->fingerprint = look->fingerprint;
    entry->racy = look->racy || look->sight == SIGHT_UNSETTLED;
    switch (look->sight) {
    case SIGHT_FILE:
    case SIGHT_UNSETTLED:
        if (is_news(entry, REPORTED_READ, look->bytes, look->length))
            directory_collect_changed(collection, entry->name, look);
        break;
    case SIGHT_UNREADABLE:
        if (is_news(entry, REPORTED_UNREADABLE, look->reason, strlen(look->reason)))
            directory_collect_changed(collection, entry->name, look);
        break;
    case SIGHT_NOT_READY:
        if (is_news(entry, REPORTED_NOT_READY, look->reason, strlen(look->reason)))
            directory_collect_not_ready(collection, entry->name, look);
        break;
    case SIGHT_GONE:
        break;
    }
}
