// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record as a disk would keep it: what was committed, one commit after the other, and nothing
// else after a crash. The daemon may die at every point where something becomes durable: just
// before it, in the middle of it, and just after. Of a commit in whose middle the machine dies,
// SQLite leaves nothing (tests/faults cuts its log at every page to see that); only a disk that
// lied about what it wrote leaves less than that, an earlier state of the record.
#pragma once

#include "core/effects.h"
#include "simulation/world.h"

// What a commit changed, to take it back.
struct undo {
    uint64_t commit;
    char *name;            // of the record, or NULL: the setting changed
    struct record *before; // or NULL: there was none
    char *setting;
};

// The whole of what is durable.
struct durable_copy {
    bool taken;
    struct record_list records;
    char *deletions;
};

struct durable {
    struct record_list records;
    char *deletions;         // the engine's setting
    struct effects *commits; // asked for, in order, and not durable yet
    size_t count;
    size_t capacity;
    bool busy;         // the first of them is on its way to the disk
    uint64_t done;     // commits
    struct undo *undo; // of the last commits, oldest first
    size_t undo_count;
    size_t undo_capacity;
    struct durable_copy backup;
    unsigned crash_before; // in thousandths of the commits
    unsigned crash_torn;
    unsigned crash_after;
    bool full; // the disk: nothing can be written
};

struct durable *durable_new(void);
void durable_free(struct durable *durable);

// Takes over what belongs into the record of the effects, as one commit.
void durable_submit(struct world *world, struct effects *effects);

// The daemon is dead: of what was under way, a part is durable and the rest is not.
void durable_crash(struct world *world);

// Keeps a copy aside, in place of the last one.
void durable_back_up(struct world *world);

// What may become of it while the daemon is dead: it is lost; the copy takes its place, false
// without one; its last commits are not there.
void durable_lose(struct world *world);
bool durable_restore(struct world *world);
void durable_forget_last(struct world *world, size_t commits);

// The record of that name as it would be read after a crash now, or NULL.
const struct record *durable_find(const struct world *world, const char *name);
