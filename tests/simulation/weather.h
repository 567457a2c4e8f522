// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What goes wrong by itself: a weather of some minutes after the other, each with its faults of
// cloud, network, disk and clock; console users who change images; crashes. All of it stays within
// what the ambiguity window promises to cover: a creation shows in looks at most 85 seconds after
// its answer was given up.
#pragma once

#include "simulation/operators.h"
#include "simulation/world.h"

#define WEATHER_FAULTS 6 // at a time

struct weather {
    unsigned badness;              // of this world, in percent
    unsigned crashes;              // in percent of the weathers
    unsigned consoles;             // likewise
    unsigned disasters;            // of the record, likewise
    bool fragile;                  // many images end failed
    uint64_t weathers;             // so far
    size_t faults[WEATHER_FAULTS]; // that the cloud was told, by their number in the table
    size_t fault_count;
    uint64_t strangers; // images that others made
    unsigned releases;  // official images that were published
};

struct weather *weather_new(struct world *world);
void weather_free(struct weather *weather);

void weather_start(struct world *world);

// The faults that the cloud can be told, as its rules are written.
size_t weather_fault_count(void);
const char *weather_fault(size_t fault);

// For good.
void weather_calm(struct world *world);
// A person removes images that are nobody's, or somebody else's.
void weather_clear_strangers(struct world *world);
// A person removes images that keep a declaration from being fulfilled.
void weather_clear_name(struct world *world, const struct slot *slot);
