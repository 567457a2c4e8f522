// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The line of a file that a message is about, with a mark under the place. Prints nothing itself.
#pragma once

#include <stddef.h>

#include "core/problem.h"

struct terminal;
struct text;

// Appends the line and the mark, or nothing when there is no such line. A line that is too long for
// the terminal is shown around the place. `bytes` may be NULL, and need not be UTF-8.
void excerpt_write(const char *bytes, size_t length, struct place place,
    const struct terminal *terminal, struct text *out);
