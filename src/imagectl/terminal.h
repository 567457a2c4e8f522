// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What standard output is: a terminal or not, how large, with colours or without.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct terminal {
    bool present;   // a person looks at it
    bool colour;    // and NO_COLOR is not set
    size_t columns; // 0: not a terminal, so no limit
    size_t rows;    // likewise
};

struct terminal terminal_look(void);

enum paint { PAINT_NONE, PAINT_GOOD, PAINT_BUSY, PAINT_BAD, PAINT_DIM, PAINT_BOLD, PAINT_COUNT };

// The sequences that begin a colour and end it; "" for PAINT_NONE, and where `colour` is false.
const char *paint_begin(enum paint paint, bool colour);
const char *paint_end(enum paint paint, bool colour);

// The colour of a state by its name; PAINT_NONE for one that is not known.
enum paint paint_of_state(const char *state);
