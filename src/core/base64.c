// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/memory.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const char *bytes, size_t length)
{
    char *out = memory_new((length + 2) / 3 * 4 + 1, 1);
    char *to = out;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned long group = (unsigned long)(unsigned char)bytes[i] << 16;
        if (left > 1)
            group |= (unsigned long)(unsigned char)bytes[i + 1] << 8;
        if (left > 2)
            group |= (unsigned char)bytes[i + 2];
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[group & 63] : '=';
    }
    return out;
}

static int value_of(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

// Four digits; `padding` of them, at the end, are none. False: one is no digit.
static bool decode_group(const char *text, size_t padding, char *to)
{
    unsigned long group = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : value_of(text[i]);
        if (value < 0)
            return false;
        group = group << 6 | (unsigned long)value;
    }
    for (size_t i = 0; i < 3 - padding; i++)
        to[i] = (char)(group >> (16 - 8 * i) & 0xff);
    return true;
}

char *base64_decode(const char *text, size_t *length)
{
    size_t digit_count = strlen(text);
    size_t padding = 0;
    while (padding < 2 && digit_count > padding && text[digit_count - 1 - padding] == '=')
        padding++;
    if (digit_count % 4 != 0)
        return NULL;
    *length = digit_count / 4 * 3 - padding;
    char *bytes = memory_new(digit_count / 4 * 3 + 1, 1);
    for (size_t i = 0; i < digit_count; i += 4) {
        bool last = i + 4 == digit_count;
        if (!decode_group(text + i, last ? padding : 0, bytes + i / 4 * 3)) {
            free(bytes);
            return NULL;
        }
    }
    return bytes;
}
