// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Which operation a method and a path stand for.

#include "sim/check.h"
#include "sim/cloud.h"

struct sim_route {
    const char *method;
    const char *path;                     // "/images/{id}"
    const struct sim_check_field *schema; // of its body; NULL when it has none
    bool has_filters;                     // takes query parameters
    void (*handle)(const struct sim_call *call);
    const char *permission; // that a user must have
};

// The route of a request, with the id that its path names (borrowed from `path`, or NULL). NULL
// when there is none: `allowed` is then the methods that the path has ("GET, POST"), "" without
// any.
const struct sim_route *sim_route_find(
    const char *method, const char *path, const char **id, char allowed[static 64]);
