// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Changes of state as a table, as /v1/history and /v1/images/NAME/history tell of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "core/attributes.h"

struct error;
struct terminal;
struct text;

// ERROR_INVALID for what is no number of entries.
int history_check_limit(const char *limit, struct error *error) CHECK_RESULT;

// Appends the entries, newest first; `names`: with the images' names. `wall_ms`: what time it is.
void history_write(const json_t *answer, bool names, int64_t wall_ms,
    const struct terminal *terminal, struct text *out);
