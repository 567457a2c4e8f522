// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Help on the fields of a declaration, out of their table.
#pragma once

#include "core/attributes.h"

struct text;

// Appends what is to be known of the field at that path, as `block_device_mappings.bsu.iops` or
// `lifecycle.on_remove`; NULL: an overview of all. Returns 0, or -1 for an unknown path, and then
// what was appended says so and names the nearest.
int explain_write(const char *path, struct text *out) CHECK_RESULT;
