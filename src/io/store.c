// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Batches, and the way from the interface to the kind of store behind it.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/store.h"
#include "io/store_batch.h"

struct store_batch *store_batch_new(void)
{
    return memory_new(1, sizeof(struct store_batch));
}

static void change_free(struct store_change *change)
{
    record_free(change->record);
    history_row_free(change->row);
    free(change->key);
    free(change->value);
    free(change);
}

static struct store_change **index_of(struct store_batch *batch, enum store_change_kind kind)
{
    return kind == STORE_SETTING ? &batch->settings : &batch->records;
}

// Takes a change out of the batch; it is the caller's. Of the history only the oldest row may go.
static void take_out(struct store_batch *batch, struct store_change *change)
{
    DL_DELETE(batch->changes, change);
    if (change->kind == STORE_HISTORY) {
        batch->oldest_row = change->later;
        batch->history_rows--;
    } else {
        HASH_DEL(*index_of(batch, change->kind), change);
    }
}

void store_batch_free(struct store_batch *batch)
{
    if (batch == NULL)
        return;
    while (batch->changes != NULL) {
        struct store_change *first = batch->changes;
        take_out(batch, first);
        change_free(first);
    }
    free(batch);
}

bool store_batch_is_empty(const struct store_batch *batch)
{
    return batch->changes == NULL;
}

size_t store_batch_size(const struct store_batch *batch)
{
    return HASH_COUNT(batch->records) + HASH_COUNT(batch->settings) + batch->history_rows;
}

static void drop_oldest_history(struct store_batch *batch)
{
    struct store_change *oldest = batch->oldest_row;
    take_out(batch, oldest);
    change_free(oldest);
}

// A disk that stays full must not fill the memory as well.
static void keep_history_bounded(struct store_batch *batch)
{
    while (batch->waits && batch->history_rows > STORE_BATCH_HISTORY_ROWS)
        drop_oldest_history(batch);
}

static void add_history(struct store_batch *batch, struct store_change *change)
{
    change->later = NULL;
    if (batch->oldest_row == NULL)
        batch->oldest_row = change;
    else
        batch->newest_row->later = change;
    batch->newest_row = change;
    batch->history_rows++;
}

// What it replaces goes, and so does the oldest history of a batch that waits.
static void put_in(struct store_batch *batch, struct store_change *change)
{
    if (change->kind == STORE_HISTORY) {
        add_history(batch, change);
    } else {
        struct store_change **index = index_of(batch, change->kind);
        struct store_change *former = NULL;
        HASH_FIND_STR(*index, change->key, former);
        if (former != NULL) {
            take_out(batch, former);
            change_free(former);
        }
        HASH_ADD_KEYPTR(hh, *index, change->key, strlen(change->key), change);
    }
    DL_APPEND(batch->changes, change);
    keep_history_bounded(batch);
}

static struct store_change *change_new(enum store_change_kind kind, const char *key)
{
    struct store_change *change = memory_new(1, sizeof(*change));
    change->kind = kind;
    change->key = memory_text(key);
    return change;
}

void store_batch_record(struct store_batch *batch, const struct record *record)
{
    struct store_change *change = change_new(STORE_RECORD, record->name);
    change->record = record_clone(record);
    put_in(batch, change);
}

void store_batch_forget(struct store_batch *batch, const char *name)
{
    put_in(batch, change_new(STORE_FORGET, name));
}

void store_batch_history(struct store_batch *batch, struct history_row *row)
{
    struct store_change *change = change_new(STORE_HISTORY, NULL);
    change->row = row;
    put_in(batch, change);
}

void store_batch_set(struct store_batch *batch, const char *key, const char *value)
{
    struct store_change *change = change_new(STORE_SETTING, key);
    change->value = memory_text(value);
    put_in(batch, change);
}

void store_batch_append(struct store_batch *to, struct store_batch *from)
{
    to->waits = true;
    keep_history_bounded(to);
    while (from->changes != NULL) {
        struct store_change *first = from->changes;
        take_out(from, first);
        put_in(to, first);
    }
    store_batch_free(from);
}

void history_list_add(struct history_list *list, struct history_row *row)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = row;
}

void history_list_deinit(struct history_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        history_row_free(list->items[i]);
    free(list->items);
    *list = (struct history_list){0};
}

void store_state_deinit(struct store_state *state)
{
    tag_list_deinit(&state->settings);
    *state = (struct store_state){0};
}

int store_load(struct store *store, struct record_list *records, struct store_state *state,
    struct error *error)
{
    return store->operations->load(store, records, state, error);
}

void store_commit(
    struct store *store, struct store_batch *batch, store_committed *callback, void *data)
{
    store->operations->commit(store, batch, callback, data);
}

void store_history(
    struct store *store, const char *name, size_t limit, store_history_read *callback, void *data)
{
    store->operations->history(store, name, limit, callback, data);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->operations->close(store);
}
