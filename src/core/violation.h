// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The API names fields in its own way when it refuses a request; people know them as they wrote
// them.
#pragma once

#include "core/attributes.h"
#include "core/field.h"

// The path of a field in YAML for one of the API ("blockDeviceMappings[0].bsu.volumeSize", also
// with ".0."), as `block_device_mappings[0].bsu.volume_size`. What the table does not know stays as
// it is. The caller frees it.
char *violation_path(const struct field_table *table, const char *api_path) CHECK_RESULT;
