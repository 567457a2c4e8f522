// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What may be and what may not, by an account of its own: what the daemon was told of the
// directory, what operators approved, what is in the cloud. It looks at each request when the
// engine wants it, and at the cloud after each creation. It never helps the daemon.
#pragma once

#include <jansson.h>

#include "core/cloud.h"
#include "core/engine.h"
#include "simulation/world.h"

struct transfer;

struct wish {
    char *name;
    bool wished;               // as the daemon was told
    int64_t unwished_since_ms; // when it was first told otherwise
    bool approved;             // an operator let its deletion pass
};

struct deletion {
    char *id;
    int64_t at_ms;
};

struct ledger {
    struct wish *wishes;
    size_t count;
    size_t capacity;
    struct deletion *deletions; // one for each image, of those that count for the brake
    size_t deletion_count;
    size_t deletion_capacity;
    struct text_list strangers; // ids of images that imaged did not make
    struct text_list adopted;   // ids of others' images that it was allowed to take
    struct text_list released;  // ids of those that it stopped looking after
    bool emptied;               // the directory lost all its files at once
    bool restarted;             // the daemon, and it was told nothing yet
    bool record_replaced;       // while the daemon was dead
    bool record_was_replaced;   // at least once
    int64_t started_ms;         // when it was started last
    int64_t observing_since_ms; // -1: it may write
};

struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

// What is about to be told to the daemon, its files not taken yet.
void ledger_directory(struct world *world, const struct directory_event *event);
void ledger_command(struct world *world, enum command_kind kind, const char *name);
void ledger_stranger(struct world *world, const char *id);
void ledger_forget_stranger(struct ledger *ledger, const char *id);
// Whether the host made the image, or was allowed to take it.
bool ledger_owns(const struct world *world, const json_t *image);
// The account of that name; a new one, if there is none.
struct wish *ledger_wish(struct ledger *ledger, const char *name);
// As lifecycle.adopt allows, or because somebody made what a lost creation would have made: it is
// the daemon's from now on.
void ledger_adopted(struct world *world, const char *id);
void ledger_released(struct world *world, const char *id);
bool ledger_is_released(const struct world *world, const char *id);
void ledger_crashed(struct world *world);
// The record is another one than the dead daemon left.
void ledger_record_replaced(struct world *world);
void ledger_observe(struct world *world, bool observe);
// Something that people read: no secret may be in it.
void ledger_text(struct world *world, const char *text);

// The engine wants a request sent.
void ledger_wanted(struct world *world, const struct request *request);
// A transfer reaches the cloud.
void ledger_arriving(struct world *world, const struct transfer *transfer);
// Looks at the cloud: never two images of one name that one installation made.
void ledger_check_cloud(struct world *world);
