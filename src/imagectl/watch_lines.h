// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What changed between two looks at the images, a line each: what `watch` prints where there is no
// terminal.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct image_rows;
struct text;

// Appends a line for each image that is new, gone, or shows something else. `json`: an object on a
// line. `wall_ms`: what time it is.
void watch_lines_write(const struct image_rows *before, const struct image_rows *now, bool json,
    int64_t wall_ms, struct text *out);
