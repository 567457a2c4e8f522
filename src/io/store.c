// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Batches, and the way from the interface to the kind of store behind it.
#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "io/store.h"
#include "io/store_batch.h"

struct store_batch *store_batch_new(void)
{
    return memory_new(1, sizeof(struct store_batch));
}

static void change_deinit(struct store_change *change)
{
    record_free(change->record);
    if (change->row != NULL)
        history_row_free(change->row);
    free(change->key);
    free(change->value);
}

void store_batch_free(struct store_batch *batch)
{
    if (batch == NULL)
        return;
    for (size_t i = 0; i < batch->count; i++)
        change_deinit(&batch->items[i]);
    free(batch->items);
    free(batch);
}

bool store_batch_is_empty(const struct store_batch *batch)
{
    return batch->count == 0;
}

static void add(struct store_batch *batch, struct store_change change)
{
    batch->items = memory_grow(batch->items, batch->count, &batch->capacity, sizeof(*batch->items));
    batch->items[batch->count++] = change;
}

void store_batch_record(struct store_batch *batch, const struct record *record)
{
    add(batch, (struct store_change){.kind = STORE_RECORD, .record = record_clone(record)});
}

void store_batch_forget(struct store_batch *batch, const char *name)
{
    add(batch, (struct store_change){.kind = STORE_FORGET, .key = memory_text(name)});
}

void store_batch_history(struct store_batch *batch, struct history_row *row)
{
    add(batch, (struct store_change){.kind = STORE_HISTORY, .row = row});
}

void store_batch_set(struct store_batch *batch, const char *key, const char *value)
{
    add(batch, (struct store_change){
                   .kind = STORE_SETTING, .key = memory_text(key), .value = memory_text(value)});
}

void store_batch_append(struct store_batch *to, struct store_batch *from)
{
    for (size_t i = 0; i < from->count; i++)
        add(to, from->items[i]);
    from->count = 0;
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
