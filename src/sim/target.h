// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What a request asks for, taken apart: path, space, operation, query.

#include "sim/error.h"

#include <jansson.h>
#include <stddef.h>

struct sim_target {
    char *raw_path;        // as it was sent
    char *path;            // decoded
    char *space;           // of /compute/spaces/{space}/…; NULL elsewhere
    const char *operation; // what follows the space, "/images/ami-1"; the whole path elsewhere
    json_t *query;         // {"name": ["value", …]}
    size_t query_length;   // as it was sent
};

// -1 when something in it cannot be decoded: raw_path, path and operation are then the text as
// sent.
SIM_CHECK_RESULT int sim_target_init(struct sim_target *target, const char *text);
void sim_target_deinit(struct sim_target *target);
