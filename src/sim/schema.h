// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The shapes of the API's request bodies and of its resources, for sim_check_object().

#include "sim/check.h"

extern const struct sim_check_field sim_schema_create_image[];
extern const struct sim_check_field sim_schema_update_image[];
extern const struct sim_check_field sim_schema_create_snapshot[];
extern const struct sim_check_field sim_schema_tags[]; // of PATCH and DELETE /bulk/tags

// What a scenario and POST /_sim/… may say of a resource: its own properties, and whose it is.
extern const struct sim_check_field sim_schema_image[];
extern const struct sim_check_field sim_schema_snapshot[];
extern const struct sim_check_field sim_schema_vm[];
