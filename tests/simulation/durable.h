// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record as a disk would keep it: what was committed, one commit after the other, and nothing
// else after a crash. The daemon may die at every point where something becomes durable, just
// before it and just after.
#pragma once

#include "core/effects.h"
#include "simulation/world.h"

struct durable {
    struct record_list records;
    char *deletions;         // the engine's setting
    struct effects *commits; // asked for, in order, and not durable yet
    size_t count;
    size_t capacity;
    bool busy;             // the first of them is on its way to the disk
    unsigned crash_before; // in thousandths of the commits
    unsigned crash_after;
    bool full; // the disk: nothing can be written
};

struct durable *durable_new(void);
void durable_free(struct durable *durable);

// Takes over what belongs into the record of the effects, as one commit.
void durable_submit(struct world *world, struct effects *effects);

// The daemon is dead: of what was under way, a part is durable and the rest is not.
void durable_crash(struct world *world);

// The record of that name as it would be read after a crash now, or NULL.
const struct record *durable_find(const struct world *world, const char *name);
