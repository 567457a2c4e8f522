// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The JSON Schema (2020-12) of a declaration, out of the field tables, for editors. What imaged
// takes, the schema takes as well, but for a field that is left empty; what a schema cannot say, or
// not clearly, is left to `imagectl validate`.
#pragma once

#include <jansson.h>

#include "core/attributes.h"

// The caller releases it.
json_t *schema_of_declaration(void) CHECK_RESULT;
