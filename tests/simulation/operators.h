// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The people at the directory: they drop, edit, rename, half-write, double and remove files, and
// use imagectl. What they mean is kept beside what they did.
#pragma once

#include "core/engine.h"
#include "simulation/world.h"

#define OPERATORS_SLOTS 8

// One image that they may want.
struct slot {
    char *name;   // as declared: the last ones have {digest} in it
    char *prefix; // of its images' names in the cloud: all of it, but for {digest}
    bool digest;
    char *path;     // where it stands, when it is wanted
    char *wanted;   // the text that they mean; NULL: no image
    unsigned moves; // how often the file was renamed
    bool absent;    // nobody ever wants it
    bool contested; // another installation has the same one
};

struct operators {
    struct slot slots[OPERATORS_SLOTS];
    size_t count;
    uint64_t acts; // so far
    bool retired;  // they do nothing by themselves any more
};

struct operators *operators_new(struct world *world);
void operators_free(struct operators *operators);

void operators_start(struct world *world);

// Whether an image of that name in the cloud is one of the slot's.
bool operators_slot_bears(const struct slot *slot, const char *name);

// The end: every slot is declared, soundly and with no special wishes; the directory is there. Of
// two installations the first one gets the name that both wanted.
void operators_declare_all(struct world *world);
// About half of them go.
void operators_remove_some(struct world *world);
void operators_command(struct world *world, enum command_kind kind, const char *name);
