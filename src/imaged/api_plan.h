// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The control API's answers about what would be done (docs/control.md). Private to api*.c.
#pragma once

#include <jansson.h>

#include "core/engine.h"
#include "core/error.h"

// The plan of every image, or of the one named; sorted by name. NULL: no image has that name.
json_t *api_plan_all(struct engine *engine, const char *name);

// The plan of these declarations as if the directory held them as well: `body` is {"documents":
// [{"file": …, "text": …}]}, each text the content of a file. In their order. NULL and an error
// when it is not, or when one is bad.
json_t *api_plan_documents(
    struct engine *engine, const char *body, size_t length, struct error *error);
