// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The bytes of a file, before YAML sees them: encoding and characters, with errors that name the
// place.
#pragma once

#include <stddef.h>

#include "core/attributes.h"

struct problem_list;

// 0 when libyaml will take the bytes: UTF-8, with or without a byte order mark, within the size
// limit, and without control characters. Else -1 and one problem.
int document_input_check(
    const char *bytes, size_t length, struct problem_list *problems) CHECK_RESULT;

// The length of the byte order mark at the start: 3 or 0.
size_t document_input_mark(const char *bytes, size_t length);
