// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations on snapshots, and the making of those that images are made of.

#include "sim/cloud.h"

// GiB, of every volume of a VM: the API's VMs do not tell.
#define SIM_VOLUME_SIZE 10

#define SIM_ROOT_DEVICE "/dev/sda1"

void sim_snapshots_list(const struct sim_call *call);
void sim_snapshots_read(const struct sim_call *call);
void sim_snapshots_create(const struct sim_call *call);
void sim_snapshots_delete(const struct sim_call *call);

struct sim_snapshot_draft {
    const char *description;
    const char *volume_id; // NULL when it was made from a snapshot
    json_int_t volume_size;
    int64_t ready_ms;  // when it leaves `state`; now or earlier: it is completed at once
    const char *state; // until then
    bool fails;        // ends in error
};

// Adds a snapshot of the account's.
struct sim_resource *sim_snapshots_make(
    struct sim_cloud *cloud, const struct sim_snapshot_draft *draft, int64_t now_ms);
