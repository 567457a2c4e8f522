// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "core/utf8.h"
#include "imagectl/display.h"
#include "imagectl/excerpt.h"
#include "imagectl/terminal.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define MARGIN          "    "
#define SHOWN_COLUMNS   120 // where there is no terminal
#define LEAST_COLUMNS   20
#define ELLIPSIS        "\xe2\x80\xa6"

// The line as a text of its own, without its end; NULL: there is none, or it has a NUL.
static char *find_line(const char *bytes, size_t length, unsigned line)
{
    const char *end = bytes + length;
    if (length >= 3 && memcmp(bytes, BYTE_ORDER_MARK, 3) == 0)
        bytes += 3;
    for (; line > 1; line--) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        if (newline == NULL)
            return NULL;
        bytes = newline + 1;
    }
    const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
    size_t size = (size_t)((newline == NULL ? end : newline) - bytes);
    if (size > 0 && bytes[size - 1] == '\r')
        size--;
    return memchr(bytes, '\0', size) == NULL ? memory_text_n(bytes, size) : NULL;
}

// Appends the text as it may be shown, tabs as single spaces so that columns stay true.
static void append_shown(struct text *out, const char *text, size_t length)
{
    char *part = memory_text_n(text, length);
    for (char *tab = strchr(part, '\t'); tab != NULL; tab = strchr(tab, '\t'))
        *tab = ' ';
    display_clean(out, part);
    free(part);
}

// The bytes before the character in that column.
static size_t bytes_before(const char *line, unsigned column)
{
    size_t length = strlen(line);
    size_t at = 0;
    for (; column > 1 && at < length; column--) {
        size_t size = utf8_decode(line + at, length - at, NULL);
        at += size == 0 ? 1 : size;
    }
    return at;
}

// The end of a clean text that fits before the place, with a mark for what is left out.
static void append_end(struct text *out, const char *text, size_t columns)
{
    if (display_width(text) <= columns) {
        text_append(out, text);
        return;
    }
    while (*text != '\0' && display_width(text) >= columns) {
        size_t size = utf8_decode(text, strlen(text), NULL);
        text += size == 0 ? 1 : size;
    }
    text_append(out, ELLIPSIS);
    text_append(out, text);
}

static size_t columns_for(const struct terminal *terminal)
{
    size_t margin = sizeof(MARGIN) - 1;
    if (terminal->columns == 0)
        return SHOWN_COLUMNS;
    return terminal->columns > margin + LEAST_COLUMNS ? terminal->columns - margin : LEAST_COLUMNS;
}

void excerpt_write(const char *bytes, size_t length, struct place place,
    const struct terminal *terminal, struct text *out)
{
    char *line = bytes == NULL || place.line == 0 ? NULL : find_line(bytes, length, place.line);
    if (line == NULL)
        return;
    size_t columns = columns_for(terminal);
    size_t at = bytes_before(line, place.column);
    struct text before = {0};
    struct text after = {0};
    struct text shown = {0};
    append_shown(&before, line, at);
    append_shown(&after, line + at, strlen(line + at));
    bool fits = display_width(before.bytes) + display_width(after.bytes) <= columns;
    append_end(&shown, before.bytes, fits ? columns : columns * 3 / 5);
    size_t column = display_width(shown.bytes);
    display_cut(&shown, after.bytes, columns - column);
    text_format(out, MARGIN "%s%s%s\n" MARGIN, paint_begin(PAINT_DIM, terminal->colour),
        shown.bytes, paint_end(PAINT_DIM, terminal->colour));
    display_pad(out, column);
    text_format(out, "%s^%s\n", paint_begin(PAINT_GOOD, terminal->colour),
        paint_end(PAINT_GOOD, terminal->colour));
    text_deinit(&shown);
    text_deinit(&after);
    text_deinit(&before);
    free(line);
}
