// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Images registered from snapshots: the one source whose block devices the request spells out.

#include "sim/cloud.h"
#include "sim/error.h"

// Fills `image` with what the request says of devices and architecture, completed with the server's
// defaults. What is wrong goes to `violations`; -1 when it was answered instead.
SIM_CHECK_RESULT int sim_registration_prepare(
    const struct sim_call *call, json_t *image, json_t *violations);
