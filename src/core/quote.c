// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/quote.h"
#include "core/text.h"
#include "core/utf8.h"

#define SHOWN_CHARACTERS 60

static void append_control(struct text *out, unsigned character)
{
    switch (character) {
    case '\n':
        text_append(out, "\\n");
        break;
    case '\r':
        text_append(out, "\\r");
        break;
    case '\t':
        text_append(out, "\\t");
        break;
    default:
        text_format(out, "\\x%02x", character);
    }
}

void quote_append(struct text *out, const char *text)
{
    text_append(out, "\"");
    size_t left = strlen(text);
    size_t shown = 0;
    for (; left > 0 && shown < SHOWN_CHARACTERS; shown++) {
        uint32_t character = 0;
        size_t size = utf8_decode(text, left, &character);
        if (size == 0) {
            append_control(out, (unsigned char)*text);
            size = 1;
        } else if (character < 0x20 || (character >= 0x7f && character < 0xa0)) {
            append_control(out, character);
        } else {
            text_append_n(out, text, size);
        }
        text += size;
        left -= size;
    }
    text_append(out, left > 0 ? "…\"" : "\"");
}

char *quote_text(const char *text)
{
    struct text out = {0};
    quote_append(&out, text);
    return text_steal(&out);
}
