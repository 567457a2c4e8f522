// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The control API's answers about what would be done (docs/control.md). Private to api*.c.
#pragma once

#include <jansson.h>

#include "core/engine.h"
#include "core/error.h"

// The plan of one image, as a row of a list (api_list.h).
json_t *api_plan_row(struct engine *engine, const struct image_status *status);

// The plan of these declarations as if the directory held them as well: `body` is {"documents":
// [{"file": …, "text": …}]}, each text the content of a file. In their order. NULL and an error
// when it is not, or when one is bad.
json_t *api_plan_documents(
    struct engine *engine, const char *body, size_t length, struct error *error);
