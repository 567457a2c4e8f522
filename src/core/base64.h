// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Base64 (RFC 4648, section 4), as HTTP Basic and etcd's gateway write bytes.
#pragma once

#include <stddef.h>

#include "core/attributes.h"

// The caller frees.
char *base64_encode(const char *bytes, size_t length) CHECK_RESULT;

// The bytes, NUL-terminated behind `length`; the caller frees. NULL: no base64. Padding is wanted.
char *base64_decode(const char *text, size_t *length) CHECK_RESULT;
