// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// numspot-sim's command line.

#include "sim/error.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_options {
    const char *listen;
    const char *scenario; // NULL: the built-in one
    uint64_t seed;
    bool help;
    bool version;
};

// Reads the arguments, which the options borrow. -1 when there is one that is not understood.
SIM_CHECK_RESULT int sim_options_read(
    int count, char *const *arguments, struct sim_options *options, struct sim_error *error);

// What --help prints.
extern const char sim_options_help[];
