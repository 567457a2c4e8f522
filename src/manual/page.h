// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A manual page out of its template (man/*.in): a line `@table@` stands for one of the code's
// tables, and `@sysconfdir@` and the like, anywhere, for the place where something is installed.
#pragma once

#include "core/attributes.h"
#include "core/error.h"

struct text;

// Appends the page. Returns -1, with the line, when the template names what there is not.
int page_write(const char *template, struct text *out, struct error *error) CHECK_RESULT;
