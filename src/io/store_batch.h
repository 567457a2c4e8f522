// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The inside of a batch, for the kinds of store and nobody else.
#pragma once

#include <stddef.h>

#include "core/record.h"
#include "io/store.h"

enum store_change_kind { STORE_RECORD, STORE_FORGET, STORE_HISTORY, STORE_SETTING };

// One change; which members count depends on the kind. All are owned.
struct store_change {
    enum store_change_kind kind;
    struct record *record;
    struct history_row *row;
    char *key;   // the name to forget, or of the setting
    char *value; // of the setting; NULL removes it
};

struct store_batch {
    struct store_change *items;
    size_t count;
    size_t capacity;
};

// Takes ownership of the row.
void history_list_add(struct history_list *list, struct history_row *row);
