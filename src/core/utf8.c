// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/utf8.h"

// What the first byte promises: the length, the bits it gives, and the least character that needs
// so many bytes.
static const struct {
    unsigned char mask;
    unsigned char lead;
    uint32_t least;
} forms[] = {
    {0x80, 0x00, 0},
    {0xe0, 0xc0, 0x80},
    {0xf0, 0xe0, 0x800},
    {0xf8, 0xf0, 0x10000},
};

size_t utf8_decode(const char *bytes, size_t length, uint32_t *character)
{
    if (length == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[0];
    size_t form = 0;
    while (form < 4 && (first & forms[form].mask) != forms[form].lead)
        form++;
    if (form == 4 || length < form + 1)
        return 0;
    uint32_t value = first & (unsigned char)~forms[form].mask;
    for (size_t i = 1; i <= form; i++) {
        unsigned char next = (unsigned char)bytes[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (next & 0x3f);
    }
    if (value < forms[form].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    if (character != NULL)
        *character = value;
    return form + 1;
}

size_t utf8_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            count++;
    return count;
}
