// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Text for mdoc(7): escaped, and with a sentence on each line, as mandoc wants it.
#pragma once

struct text;

// What is in `backquotes` comes out as a literal, and a newline parts paragraphs.
void roff_words(struct text *out, const char *words);

// The same, with a capital letter at its beginning and a period at its end.
void roff_sentence(struct text *out, const char *words);

// One quoted argument of a macro.
void roff_argument(struct text *out, const char *words);

// Lines as they are, indented.
void roff_display(struct text *out, const char *lines);
