// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "core/text.h"
#include "core/utf8.h"
#include "imagectl/display.h"

#define ELLIPSIS       "\xe2\x80\xa6"
#define REPLACEMENT    "\xef\xbf\xbd"
#define FIRST_NO_ASCII 0x80

void display_init(void)
{
    // All that imaged says is UTF-8. Where that locale is missing, each character counts for one
    // column.
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        (void)setlocale(LC_CTYPE, "C.utf8");
}

static bool turns_direction(uint32_t character)
{
    return character == 0x200e || character == 0x200f || character == 0x061c ||
           (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

static bool is_printable(uint32_t character)
{
    if (character < FIRST_NO_ASCII)
        return character >= 0x20 && character != 0x7f;
    if (character < 0xa0 || character == 0x2028 || character == 0x2029 || character == 0xfeff)
        return false;
    return !turns_direction(character);
}

static size_t character_width(uint32_t character)
{
    if (character < FIRST_NO_ASCII)
        return 1;
    int width = wcwidth((wchar_t)character);
    return width < 0 ? 1 : (size_t)width;
}

static void append_escaped(struct text *out, uint32_t character)
{
    if (character == '\n')
        text_append(out, "\\n");
    else if (character == '\t')
        text_append(out, "\\t");
    else if (character < 0x100)
        text_format(out, "\\x%02x", (unsigned)character);
    else
        text_format(out, "\\u%04x", (unsigned)character);
}

void display_clean(struct text *out, const char *text)
{
    size_t left = strlen(text);
    text_append(out, "");
    while (left > 0) {
        uint32_t character = 0;
        size_t size = utf8_decode(text, left, &character);
        if (size == 0) {
            text_append(out, REPLACEMENT);
            size = 1;
        } else if (is_printable(character)) {
            text_append_n(out, text, size);
        } else {
            append_escaped(out, character);
        }
        text += size;
        left -= size;
    }
}

// How many bytes of the text fit into so many columns; the columns that they take.
static size_t fitting(const char *text, size_t length, size_t columns, size_t *taken)
{
    size_t bytes = 0;
    *taken = 0;
    while (bytes < length) {
        uint32_t character = 0;
        size_t size = utf8_decode(text + bytes, length - bytes, &character);
        size_t width = size == 0 ? 1 : character_width(character);
        if (width > columns - *taken)
            break;
        *taken += width;
        bytes += size == 0 ? 1 : size;
    }
    return bytes;
}

size_t display_width(const char *text)
{
    size_t taken = 0;
    (void)fitting(text, strlen(text), SIZE_MAX, &taken);
    return taken;
}

void display_cut(struct text *out, const char *text, size_t columns)
{
    size_t length = strlen(text);
    size_t taken = 0;
    size_t fits = fitting(text, length, columns, &taken);
    if (fits == length) {
        text_append_n(out, text, length);
        return;
    }
    if (columns == 0)
        return;
    fits = fitting(text, length, columns - 1, &taken);
    while (fits > 0 && text[fits - 1] == ' ')
        fits--;
    text_append_n(out, text, fits);
    text_append(out, ELLIPSIS);
}

void display_wrap(struct text *out, const char *text, size_t indent, size_t columns)
{
    size_t at = indent;
    bool first = true;
    text += strspn(text, " ");
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        size_t width = 0;
        (void)fitting(text, length, SIZE_MAX, &width);
        if (!first && columns != 0 && at + 1 + width > columns) {
            text_append_n(out, "\n", 1);
            display_pad(out, indent);
            at = indent;
        } else if (!first) {
            text_append_n(out, " ", 1);
            at++;
        }
        text_append_n(out, text, length);
        at += width;
        text += length + strspn(text + length, " ");
        first = false;
    }
}

void display_pad(struct text *out, size_t columns)
{
    text_format(out, "%*s", (int)columns, "");
}
