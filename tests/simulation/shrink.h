// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Makes a failing world small: leaves out deeds as long as the same promise is still broken, until
// each that is left is needed, and then lets the trouble end as early as that allows.
#pragma once

#include "simulation/run.h"
#include "simulation/selection.h"

struct shrunk {
    struct selection deeds;   // that are needed; the caller frees it
    size_t deeds_before;      // of the whole world
    int64_t trouble_ms;       // that is needed
    uint64_t runs;            // that it took
    struct run_result result; // of the small world
};

// False: the seed's world does not fail.
bool shrink(uint64_t seed, struct shrunk *shrunk);
