// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations on tags. Images, snapshots and VMs have them.

#include "sim/cloud.h"

void sim_tags_list(const struct sim_call *call);

// Sets and removes the same tags on many resources: on all of them, or on none.
void sim_tags_set(const struct sim_call *call);
void sim_tags_remove(const struct sim_call *call);
