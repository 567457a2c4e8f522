// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The reading of one rule's action, from JSON to a struct sim_fault.

#include "sim/faults.h"

// Reads "close_after", {"status": 503, "delay": "5s"} and the like. The fault borrows from
// `action`.
SIM_CHECK_RESULT int sim_fault_action_read(
    const json_t *action, struct sim_fault *fault, struct sim_error *error);
