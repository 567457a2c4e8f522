// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How a text of somebody else's making stands on a terminal: what of it may be printed, how many
// columns it takes, and where to cut it. Prints nothing itself.
#pragma once

#include <stddef.h>

struct text;

// Makes column widths those of UTF-8, whatever the locale. Called once, at the start.
void display_init(void);

// Appends the text so that it stays one line and does nothing to the terminal: what is no printable
// character becomes \n, \t, \x1b, \u202e; malformed bytes become U+FFFD.
void display_clean(struct text *out, const char *text);

// The columns that a clean text takes.
size_t display_width(const char *text);

// Appends a clean text, cut with "…" to at most so many columns.
void display_cut(struct text *out, const char *text, size_t columns);

// Appends a clean text word by word in lines of `columns`, each after `indent` spaces but the
// first, which is already begun. Without a line's end. `columns` 0: one line.
void display_wrap(struct text *out, const char *text, size_t indent, size_t columns);

// Appends so many spaces.
void display_pad(struct text *out, size_t columns);
