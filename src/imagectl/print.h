// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Writes to standard output, in one piece. That it could not is found out at the program's end.
#pragma once

#include <jansson.h>

struct text;

void print_text(const struct text *text);

// JSON for programs, over several lines, keys in their order. Takes the reference.
void print_json(json_t *json);

// The same on one line.
void print_json_line(json_t *json);
