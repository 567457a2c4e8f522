// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A declaration's document as a whole: the fields of the image, and `lifecycle` beside them.
#pragma once

#include "core/declaration.h"
#include "core/image_fields.h"

// What declaration_table describes.
struct declared {
    struct image image; // first: image_table is the base
    struct lifecycle lifecycle;
};

extern const struct field_table declaration_table;

// Its rules across fields.
void declaration_check(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);
