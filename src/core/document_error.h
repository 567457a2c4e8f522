// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What libyaml says of bad YAML, made into what a person can act on.
#pragma once

#include <stddef.h>

struct problem_list;
struct yaml_parser_s;

// Adds the error that stopped the parser. `bytes` is the whole text.
void document_error_add(const struct yaml_parser_s *parser, const char *bytes, size_t length,
    struct problem_list *problems);
