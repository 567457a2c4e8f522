// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What stands under /_sim/: looking into the cloud, changing it behind the API's back, and telling
// what is to go wrong. It asks for no token.

#include "sim/api.h"
#include "sim/faults.h"
#include "sim/journal.h"

// What it looks into and changes. All borrowed.
struct sim_admin {
    struct sim_api *api;
    struct sim_cloud *cloud;
    struct sim_faults *faults;
    struct sim_journal *journal;
    struct sim_tokens *tokens;
    int64_t *offset_ms; // of the clock
    int64_t now_ms;
};

void sim_admin_answer(const struct sim_admin *admin, const struct sim_request *request,
    const struct sim_target *target, struct sim_response *response);
