// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The durable record behind an interface, so that one file on this machine or a cluster elsewhere
// can keep it. It stores what it is given, whole batches or nothing, in order; it does not know
// what records mean. After opening, nothing here waits on the loop: work runs on the queue and is
// told by callbacks on the loop.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "core/record.h"

struct store;

// How much history is kept of each image, whichever is less.
#define STORE_HISTORY_ROWS 1000
#define STORE_HISTORY_DAYS 90

// What the store knows beside the records.
struct store_state {
    bool fresh;               // made just now: what was known before, if anything, is lost
    bool unclean;             // the last daemon did not close it; it was checked and is sound
    struct tag_list settings; // what was stored with store_batch_set
};

// The setting of a record that is being moved here, from the first change to the last: with it a
// record may lack anything, and is not to be worked from. Its value is where it comes from.
#define STORE_SETTING_UNFINISHED "moving-from"

struct history_list {
    struct history_row **items; // owned, newest first
    size_t count;
    size_t capacity;
};

// Changes that become durable together, in the order in which they were added. A change of a record
// or setting takes the place of an earlier one of the same. Of one that could not be stored, no
// more than so many rows of history wait, the latest, so that it stays bounded however long that
// lasts; the first attempt has them all.
struct store_batch;

#define STORE_BATCH_HISTORY_ROWS 20000

struct store_batch *store_batch_new(void) CHECK_RESULT;
void store_batch_free(struct store_batch *batch); // NULL is fine
bool store_batch_is_empty(const struct store_batch *batch);
size_t store_batch_size(const struct store_batch *batch); // changes in it

// Stores a copy of the record as it is now, in place of what is kept under its name.
void store_batch_record(struct store_batch *batch, const struct record *record);
// Forgets the record of this name; its history stays for its time.
void store_batch_forget(struct store_batch *batch, const char *name);
// Adds to the history. Takes ownership.
void store_batch_history(struct store_batch *batch, struct history_row *row);
// Keeps a value under a key; NULL removes it.
void store_batch_set(struct store_batch *batch, const char *key, const char *value);
// Moves all changes of `from` behind those of `to`, which could not be stored, and frees `from`.
void store_batch_append(struct store_batch *to, struct store_batch *from);

// Called on the loop. Success: `error` and `failed` are NULL, and the batch is durable. Failure:
// nothing of it is stored, and `failed` is the batch, which is the callee's again: to commit once
// more (before anything newer: store_batch_append), or to free. ERROR_FULL and ERROR_SYSTEM may
// pass by themselves, ERROR_CORRUPT does not.
typedef void store_committed(struct store_batch *failed, const struct error *error, void *data);

// Called on the loop. `rows` is borrowed and NULL exactly when `error` is set.
typedef void store_history_read(
    const struct history_list *rows, const struct error *error, void *data);

// What one kind of store does; each has its own open function, in its own header.
struct store_operations {
    int (*load)(struct store *store, struct record_list *records, struct store_state *state,
        struct error *error);
    void (*commit)(
        struct store *store, struct store_batch *batch, store_committed *callback, void *data);
    void (*history)(struct store *store, const char *name, size_t limit,
        store_history_read *callback, void *data);
    void (*close)(struct store *store);
};

// Embedded first in each kind's own struct.
struct store {
    const struct store_operations *operations;
};

// Reads all records and settings, once, before anything is committed; blocks. Adds to what the
// lists hold. Free them with record_list_deinit and store_state_deinit, also after a failure.
int store_load(struct store *store, struct record_list *records, struct store_state *state,
    struct error *error) CHECK_RESULT;
void store_state_deinit(struct store_state *state);

// Makes the batch durable: one after the other, in order; what waits goes in one transaction. Takes
// ownership of the batch.
void store_commit(
    struct store *store, struct store_batch *batch, store_committed *callback, void *data);

// The newest `limit` rows of an image's history, or of all images' when `name` is NULL, as of all
// commits before it.
void store_history(
    struct store *store, const char *name, size_t limit, store_history_read *callback, void *data);
void history_list_deinit(struct history_list *list);

// Finishes what was asked before, with its callbacks, then closes and frees; the loop stays alive
// until then. Nothing may be asked afterwards. NULL is fine.
void store_close(struct store *store);
