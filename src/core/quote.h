// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How a text of somebody else's making is shown in a message: between quotation marks, on one line,
// of bounded length.
#pragma once

#include "core/attributes.h"

struct text;

// Appends the text in double quotes; control characters as \n, \t, \x1b; cut with "…" after 60
// characters.
void quote_append(struct text *out, const char *text);

// The same as a text of its own; the caller frees it.
char *quote_text(const char *text) CHECK_RESULT;
