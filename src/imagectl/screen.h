// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A few lines on the terminal that are drawn again in their place, below what was there before and
// without an alternate screen: when it ends, the last picture stays. Standard output must be a
// terminal.
#pragma once

#include "core/attributes.h"

struct screen;

// Hides the cursor, and keeps what is typed from showing.
struct screen *screen_new(void) CHECK_RESULT;

// Draws the lines, each ended by '\n', in place of those before; what is unchanged is not written.
// What does not fit on the terminal is left out at the end.
void screen_draw(struct screen *screen, const char *lines);

// Before the program is stopped, and after: the terminal is as it was, and then taken again.
void screen_leave(struct screen *screen);
void screen_enter(struct screen *screen);

// Leaves and frees; NULL is fine.
void screen_free(struct screen *screen);
