// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Opening: the format is looked at, a first transaction under this fence closes the door behind
// what former leaders sent, and then everything is read as it stood at that revision, a page at a
// time.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/store_etcd_internal.h"
#include "io/store_etcd_text.h"

#define FORMAT     "1"
#define FIRST_PAGE 256

static void read_page(struct store_etcd *etcd);
static void begin_reading(struct store_etcd *etcd, int64_t revision);

void store_etcd_load_end(struct store_etcd *etcd, const struct error *error)
{
    store_etcd_opened *opened = etcd->opened;
    struct error explained;
    etcd->opened = NULL;
    if (opened != NULL)
        opened(store_etcd_explain(error, "reading", &explained), etcd->opened_data);
}

// ---- Reading

static int take_record(struct store_etcd *etcd, const struct etcd_entry *entry, struct error *error)
{
    struct record *record = store_etcd_read_record(entry->value, error);
    if (record == NULL)
        return error_prefix(error, "the key %s", entry->key);
    CLEANUP(memory_free_text) char *key = store_etcd_key(etcd->prefix, "image", record->name);
    record_list_add(&etcd->records, record);
    if (strcmp(key, entry->key) != 0)
        return error_set(error, ERROR_CORRUPT, "the key %s holds the record of image '%s'",
            entry->key, record->name);
    return 0;
}

// The names of settings are imaged's own, and need no decoding.
static void take_setting(struct store_etcd *etcd, const struct etcd_entry *entry)
{
    tag_list_set(&etcd->settings, strrchr(entry->key, '/') + 1, entry->value);
}

static bool is_in(const struct store_etcd *etcd, const char *key, const char *group)
{
    const char *rest = key + strlen(etcd->prefix);
    return strncmp(rest, group, strlen(group)) == 0 && rest[strlen(group)] == '/';
}

static int take_page(
    struct store_etcd *etcd, const struct etcd_entries *entries, struct error *error)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct etcd_entry *entry = &entries->items[i];
        if (strncmp(entry->key, etcd->prefix, strlen(etcd->prefix)) != 0)
            return error_set(error, ERROR_CORRUPT, "etcd gave the key '%s', which is not below %s",
                entry->key, etcd->prefix);
        if (is_in(etcd, entry->key, "setting"))
            take_setting(etcd, entry);
        else if (is_in(etcd, entry->key, "image") && take_record(etcd, entry, error) != 0)
            return -1;
    }
    return 0;
}

// The key right behind this one.
static char *behind(const char *key)
{
    return memory_format("%s\x01", key);
}

static void page_read(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct etcd_entries entries = {0};
    struct error found = {0};
    if (error != NULL && error->code == ERROR_BUSY) { // compacted: nobody else writes, so as it is
        begin_reading(etcd, 0);
        return;
    }
    if (error != NULL && error->code == ERROR_UNAVAILABLE && etcd->page > 1) {
        etcd->page /= 2; // records may be large, and the way narrow
        read_page(etcd);
        return;
    }
    if (error == NULL &&
        (etcd_entries_read(body, &entries, &found) != 0 || take_page(etcd, &entries, &found) != 0))
        error = &found;
    bool more = error == NULL && entries.more && entries.count > 0;
    if (more) {
        free(etcd->from);
        etcd->from = behind(entries.items[entries.count - 1].key);
    }
    etcd_entries_deinit(&entries);
    if (more)
        read_page(etcd);
    else
        store_etcd_load_end(etcd, error);
}

// From `image/` to `setting/`: between them is at most the leader's key.
static void read_page(struct store_etcd *etcd)
{
    CLEANUP(memory_free_text) char *last = memory_format("%ssetting/", etcd->prefix);
    CLEANUP(memory_free_text) char *end = etcd_end_of(last);
    struct etcd_range range = {
        .key = etcd->from,
        .end = end,
        .limit = etcd->page,
        .revision = etcd->revision,
    };
    store_etcd_ask(etcd, "/v3/kv/range", etcd_range(&range), page_read);
}

static void begin_reading(struct store_etcd *etcd, int64_t revision)
{
    record_list_deinit(&etcd->records);
    tag_list_deinit(&etcd->settings);
    etcd->revision = revision;
    free(etcd->from);
    etcd->from = memory_format("%simage/", etcd->prefix);
    read_page(etcd);
}

// ---- The door

static void door_closed(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct error deposed = {0};
    CLEANUP(memory_free_text) char *head = NULL;
    bool closed = json_is_true(json_object_get(body, "succeeded"));
    // It may have been done already, by the first of two attempts.
    if (error == NULL && !closed && !store_etcd_read_guard(etcd, body, &head))
        closed = head != NULL && strcmp(head, etcd->head) == 0;
    if (error == NULL && !closed) {
        store_etcd_found_deposed(etcd, &deposed);
        error = &deposed;
    }
    if (error != NULL) {
        store_etcd_load_end(etcd, error);
        return;
    }
    begin_reading(etcd, etcd_revision_of(body));
}

static void close_door(struct store_etcd *etcd)
{
    CLEANUP(memory_free_text) char *format = memory_format("%sformat", etcd->prefix);
    free(etcd->head);
    etcd->head = store_etcd_next_id(etcd);
    store_etcd_ask(etcd, "/v3/kv/txn",
        etcd_transaction(json_pack("[o, o]", store_etcd_guard(etcd),
                             etcd_if_changed_before(etcd->commit_key, etcd->fence)),
            json_pack(
                "[o, o]", etcd_put(etcd->commit_key, etcd->head, 0), etcd_put(format, FORMAT, 0)),
            store_etcd_otherwise(etcd)),
        door_closed);
}

static void format_read(const json_t *body, const struct error *error, void *data)
{
    struct store_etcd *etcd = data;
    struct etcd_entries entries = {0};
    struct error found = {0};
    if (error == NULL && etcd_entries_read(body, &entries, &found) != 0)
        error = &found;
    if (error == NULL && entries.count > 0 && strcmp(entries.items[0].value, FORMAT) != 0) {
        error_set(&found, ERROR_REFUSED,
            "%sformat is \"%s\" and this imaged knows \"" FORMAT "\": use a newer one",
            etcd->prefix, entries.items[0].value);
        error = &found;
    }
    etcd->fresh = entries.count == 0;
    etcd_entries_deinit(&entries);
    if (error != NULL)
        store_etcd_load_end(etcd, error);
    else
        close_door(etcd);
}

void store_etcd_load_begin(struct store_etcd *etcd)
{
    CLEANUP(memory_free_text) char *format = memory_format("%sformat", etcd->prefix);
    struct etcd_range range = {.key = format};
    etcd->page = FIRST_PAGE;
    store_etcd_ask(etcd, "/v3/kv/range", etcd_range(&range), format_read);
}
