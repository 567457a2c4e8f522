// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// JSON in YAML's clothes, as one would write a declaration. Prints nothing itself.
#pragma once

#include <stddef.h>

#include <jansson.h>

struct text;

// Appends a mapping's members, a line or more each, indented by so many spaces.
void yaml_text_write(const json_t *mapping, size_t indent, struct text *out);
