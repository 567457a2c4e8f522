// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The field tables of the image model: all that is known of each field stands in its row.
#pragma once

#include "core/field.h"

extern const struct field_table
    image_table; // of struct image: what a declaration may say and what the cloud shows

// Of its parts.
extern const struct field_table access_table;
extern const struct field_table block_device_table;
extern const struct field_table bsu_table;
extern const struct field_table state_comment_table;

// Of struct selector, for each kind of thing that has an id.
extern const struct field_table image_selector_table;
extern const struct field_table vm_selector_table;
extern const struct field_table snapshot_selector_table;

// As image_checks.h says it in code.
#define IMAGE_NAME_PATTERN                                                                         \
    "^(?=.{3,128}$)(?!\\{digest\\}$)[A-Za-z0-9_ ()/.-]*(\\{digest\\}[A-Za-z0-9_ ()/.-]*)?$"
#define IMAGE_ID_PATTERN(prefix) "^" prefix "[A-Za-z0-9]+$"

// At most so many tags a resource; imaged's own two among them.
#define IMAGE_TAG_LIMIT     50
#define IMAGE_TAG_OWNERSHIP 2
