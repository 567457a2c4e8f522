// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Resources that are simply there: those of the scenario, and those that a test puts in as another
// user of the account would have. What the description leaves out is chosen as the server would.

#include "sim/cloud.h"
#include "sim/error.h"

// Adds a resource. `description` is of the shape of its schema (schema.h). It is there since
// `since_ms`, SIM_STORE_ALWAYS for the scenario's. Owned by the account unless it says otherwise or
// is public. NULL when the id is taken.
SIM_CHECK_RESULT struct sim_resource *sim_seed_add(struct sim_cloud *cloud, enum sim_kind kind,
    const json_t *description, int64_t since_ms, int64_t now_ms, struct sim_error *error);

// Checks a description; -1 and the first fault when it is not of the kind's shape.
SIM_CHECK_RESULT int sim_seed_check(
    enum sim_kind kind, const json_t *description, struct sim_error *error);

// The API's document of a resource with `patch` laid over it: what a console user could do, and
// more. The id stays. -1 when the patch is not of the kind's shape.
SIM_CHECK_RESULT int sim_seed_patch(struct sim_cloud *cloud, struct sim_resource *resource,
    const json_t *patch, int64_t now_ms, struct sim_error *error);
