// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the engine wants done, as data in the order in which it wants it: whoever wires it carries
// it out.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/cloud.h"
#include "core/record.h"
#include "core/report.h"

enum effect_kind {
    EFFECT_SAVE,    // make this copy of a record durable
    EFFECT_FORGET,  // remove a record
    EFFECT_HISTORY, // add a row to the history
    EFFECT_SETTING, // keep a value of the daemon's own
    EFFECT_REQUEST, // ask the cloud
    EFFECT_REPORT,  // tell people
};

struct setting {
    char *key;
    char *value; // NULL removes it
};

struct effect {
    enum effect_kind kind;
    union {
        struct record *record;
        char *name;
        struct history_row *history;
        struct setting setting;
        struct request *request;
        struct report report;
    };
};

// What is saved, forgotten, added to the history or kept by one call of the engine belongs to one
// commit, whose number is `serial`; the engine is told when it is durable (EVENT_COMMITTED). 0:
// nothing to commit.
struct effects {
    struct effect *items;
    size_t count;
    size_t capacity;
    uint64_t serial;
};

// Adds a zeroed effect of that kind and returns it, borrowed until the next is added.
struct effect *effects_add(struct effects *effects, enum effect_kind kind);

// Frees what was not taken over: whoever takes a pointer sets it to NULL. The list is empty
// afterwards.
void effects_clear(struct effects *effects);

// Clears, and frees the list itself.
void effects_deinit(struct effects *effects);
