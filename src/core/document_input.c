// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/document.h"
#include "core/document_input.h"
#include "core/utf8.h"

#define BYTE_ORDER_MARK 0xfeff

struct position {
    const char *next;
    const char *end;
    struct place place;
};

static int refuse(struct problem_list *problems, struct place place, const char *message)
{
    problem_add(problems, SEVERITY_ERROR, place, "", "%s", message);
    return -1;
}

static bool starts_with(const char *bytes, size_t length, const char *start, size_t size)
{
    return length >= size && memcmp(bytes, start, size) == 0;
}

static const char *other_encoding(const char *bytes, size_t length)
{
    if (starts_with(bytes, length, "\xff\xfe\0\0", 4) ||
        starts_with(bytes, length, "\0\0\xfe\xff", 4))
        return "the file is UTF-32; save it as UTF-8";
    if (starts_with(bytes, length, "\xff\xfe", 2) || starts_with(bytes, length, "\xfe\xff", 2))
        return "the file is UTF-16; save it as UTF-8";
    if (length >= 2 && (bytes[0] == '\0') != (bytes[1] == '\0'))
        return "the file looks like UTF-16 without a byte order mark; save it as UTF-8";
    return NULL;
}

static void advance(struct position *position, size_t size)
{
    bool ends_line = *position->next == '\n' ||
                     (*position->next == '\r' &&
                         (position->next + 1 == position->end || position->next[1] != '\n'));
    position->next += size;
    if (ends_line) {
        position->place.line++;
        position->place.column = 1;
    } else {
        position->place.column++;
    }
}

static int check_character(
    const struct position *position, uint32_t character, struct problem_list *problems)
{
    bool harmless = character == '\t' || character == '\n' || character == '\r' ||
                    (character >= 0x20 && character < 0x7f) || character == 0x85 ||
                    (character >= 0xa0 && character < 0xfffe && character != BYTE_ORDER_MARK) ||
                    character > 0xffff;
    if (harmless)
        return 0;
    if (character == 0)
        return refuse(problems, position->place,
            "a NUL byte; the file is not text, or was not written to its end");
    if (character == BYTE_ORDER_MARK)
        return refuse(problems, position->place,
            "a byte order mark in the middle of the file, as from joining two files; remove it");
    problem_add(problems, SEVERITY_ERROR, position->place, "",
        "the control character U+%04X; YAML takes it only in double quotes, as \\x%02x",
        (unsigned)character, (unsigned)character);
    return -1;
}

size_t document_input_mark(const char *bytes, size_t length)
{
    return starts_with(bytes, length, "\xef\xbb\xbf", 3) ? 3 : 0;
}

int document_input_check(const char *bytes, size_t length, struct problem_list *problems)
{
    struct position position = {bytes, bytes + length, {1, 1}};
    if (length > DOCUMENT_LIMIT_BYTES) {
        problem_add(problems, SEVERITY_ERROR, (struct place){0}, "",
            "the file has %zu bytes; at most %d are read", length, DOCUMENT_LIMIT_BYTES);
        return -1;
    }
    const char *encoding = other_encoding(bytes, length);
    if (encoding != NULL)
        return refuse(problems, position.place, encoding);
    position.next += document_input_mark(bytes, length);
    while (position.next < position.end) {
        if (*position.next >= ' ' && *position.next <= '~') { // most are
            position.next++;
            position.place.column++;
            continue;
        }
        uint32_t character = 0;
        size_t left = (size_t)(position.end - position.next);
        size_t size = utf8_decode(position.next, left, &character);
        if (size == 0) {
            problem_add(problems, SEVERITY_ERROR, position.place, "",
                "the byte 0x%02x is not valid UTF-8 here; save the file as UTF-8",
                (unsigned)(unsigned char)*position.next);
            return -1;
        }
        if (check_character(&position, character, problems) != 0)
            return -1;
        advance(&position, size);
    }
    return 0;
}
