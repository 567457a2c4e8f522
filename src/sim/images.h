// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations on images. Each answers through call->response.

#include "sim/cloud.h"

void sim_images_list(const struct sim_call *call);
void sim_images_read(const struct sim_call *call);
void sim_images_create(const struct sim_call *call); // in creation.c
void sim_images_update(const struct sim_call *call); // its access
void sim_images_delete(const struct sim_call *call);
