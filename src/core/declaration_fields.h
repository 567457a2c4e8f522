// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A declaration's document as a whole: the fields of the image, and `lifecycle` beside them.
#pragma once

#include "core/declaration.h"
#include "core/image_fields.h"

extern const struct field_table declaration_table; // of struct declared

// Its rules across fields.
void declaration_check(
    const void *object, const struct node *node, const char *path, struct problem_list *problems);
