// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A cloud that costs next to nothing, for measuring the core alone: images by number, of which name
// and id are made, so that nothing is searched for. It answers at the level of core/cloud.h; there
// are no bytes, no faults, and a new image is available at once.
#pragma once

#include <stddef.h>

#include "core/cloud.h"

struct scale_cloud {
    struct image **images; // by number; NULL: none yet
    size_t capacity;
    size_t requests[OPERATION_COUNT];
};

// The declared name of a number, which starts with the same letters for all; the caller frees it.
char *scale_name(size_t number);

void scale_cloud_init(struct scale_cloud *cloud, size_t capacity);
void scale_cloud_deinit(struct scale_cloud *cloud);

// Fills in the answer, which is zeroed; the caller deinits it, or lets the engine take it.
void scale_cloud_serve(
    struct scale_cloud *cloud, const struct request *request, struct answer *answer);
