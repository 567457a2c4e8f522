// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The status page, as the build makes it out of src/imaged/page/ (embed.sh there).
#pragma once

#include <stddef.h>

extern const char page_html[]; // not NUL-terminated
extern const size_t page_html_length;

// Its Content-Security-Policy, which allows exactly this page's script and style.
extern const char page_policy[];
