// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images as a table, one line each: what `status` prints and `watch` redraws.
#pragma once

#include <stdint.h>

#include "core/attributes.h"

struct image_rows;
struct table;

// `elapsed_ms`: since the rows were fetched; ages and waits go on from there. `tick`: which picture
// of the turning mark stands beside what is pending; -1: no marks.
struct table *image_table_new(
    const struct image_rows *rows, int64_t elapsed_ms, int tick) CHECK_RESULT;
