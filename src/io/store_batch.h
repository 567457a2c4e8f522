// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The inside of a batch, for the kinds of store and nobody else.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <utlist.h>

#include "core/hash.h"
#include "core/memory.h"
#include "core/record.h"
#include "io/store.h"

enum store_change_kind { STORE_RECORD, STORE_FORGET, STORE_HISTORY, STORE_SETTING };

// One change; which members count depends on the kind. All are owned.
struct store_change {
    enum store_change_kind kind;
    struct record *record;
    struct history_row *row;
    char *key;   // name of the record, or of the setting; NULL for history
    char *value; // of the setting; NULL removes it
    struct store_change *prev;
    struct store_change *next;
    struct store_change *later; // of history: the row after this one
    uint64_t number;            // of history: which row it is, where the store counts; 0: not yet
    UT_hash_handle hh;
};

// In order, by DL_FOREACH. Of each record and each setting there is only the last change.
struct store_batch {
    struct store_change *changes;
    struct store_change *records;    // index by name, forgotten ones included
    struct store_change *settings;   // index by key
    struct store_change *oldest_row; // of the history
    struct store_change *newest_row;
    size_t history_rows;
    bool waits; // it could not be stored, and is for nobody knows how long
};

// Takes ownership of the row.
void history_list_add(struct history_list *list, struct history_row *row);
