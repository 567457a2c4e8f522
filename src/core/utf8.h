// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// UTF-8 as far as imaged needs it: is it well-formed, how many characters, which one is next.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The length in bytes of the well-formed character at the start, 1 to 4, and the character itself;
// 0 when the bytes are malformed, overlong, a surrogate, or cut short. `character` may be NULL.
size_t utf8_decode(const char *bytes, size_t length, uint32_t *character);

// The number of characters of a well-formed text.
size_t utf8_count(const char *text);
