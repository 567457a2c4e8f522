// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Snapshots and VMs as the API's JSON, as far as an image's source is concerned.
#pragma once

#include "core/attributes.h"
#include "core/cloud.h"
#include "core/error.h"
#include "numspot/json_read.h"

// One Snapshot or Vm of a list, standing at `place`: it must be an object with an id. Fills `out`,
// whose memory must be zeroed and which the caller owns also after -1 (ERROR_INVALID).
int source_json_read(const json_t *value, const struct json_place *place, struct source_item *out,
    struct error *error) CHECK_RESULT;
