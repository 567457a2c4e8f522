// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/memory.h"
#include "core/text.h"
#include "manual/roff.h"

#define COLUMNS 78 // of a line; mandoc minds more than 80

static void append_character(struct text *out, char c)
{
    if (c == '\\')
        text_append(out, "\\e");
    else
        text_append_n(out, &c, 1);
}

void roff_argument(struct text *out, const char *words)
{
    text_append(out, "\"");
    for (; *words != '\0'; words++)
        if (*words == '"')
            text_append(out, "\\(dq");
        else
            append_character(out, *words);
    text_append(out, "\"");
}

static void end_line(struct text *out)
{
    while (out->length > 0 && out->bytes[out->length - 1] == ' ')
        text_truncate(out, out->length - 1);
    if (out->length > 0 && out->bytes[out->length - 1] != '\n')
        text_append(out, "\n");
}

// The words after the first backquote: a line for the literal, with the marks that follow it.
static const char *write_literal(struct text *out, const char *words)
{
    size_t length = strcspn(words, "`");
    char *literal = memory_text_n(words, length);
    end_line(out);
    text_append(out, ".Ql ");
    roff_argument(out, literal);
    free(literal);
    words += length + (words[length] == '`');
    for (; *words != '\0' && strchr(".,;:)", *words) != NULL; words++)
        text_format(out, " %c", *words);
    end_line(out);
    return words + strspn(words, " ");
}

// Whether a sentence ends before this space.
static bool ends_sentence(const char *words, const char *space)
{
    return space > words && space[-1] == '.' && (ascii_is_letter(space[1]) || space[1] == '`');
}

// Whether the word behind this space would make the line too long.
static bool is_full(const struct text *out, const char *space)
{
    size_t column = 0;
    while (column < out->length && out->bytes[out->length - 1 - column] != '\n')
        column++;
    return column + 1 + strcspn(space + 1, " \n`") > COLUMNS;
}

void roff_words(struct text *out, const char *words)
{
    for (const char *at = words; *at != '\0';) {
        bool fresh = out->length == 0 || out->bytes[out->length - 1] == '\n';
        if (*at == '`') {
            at = write_literal(out, at + 1);
        } else if (*at == '\n') {
            end_line(out);
            text_append(out, ".Pp\n");
            at++;
        } else if (*at == ' ' && (ends_sentence(words, at) || is_full(out, at))) {
            end_line(out);
            at++;
        } else {
            if (fresh && (*at == '.' || *at == '\''))
                text_append(out, "\\&");
            append_character(out, *at++);
        }
    }
    end_line(out);
}

// Whether it begins with a name that is written so everywhere.
static bool begins_with_name(const char *words)
{
    size_t length = strcspn(words, " ");
    if (strncmp(words, "imaged", 6) == 0 || strncmp(words, "imagectl", 8) == 0)
        return true;
    return memchr(words, '_', length) != NULL || memchr(words, '/', length) != NULL;
}

void roff_sentence(struct text *out, const char *words)
{
    size_t length = strlen(words);
    if (length == 0)
        return;
    char *sentence = memory_format("%s%s", words, words[length - 1] == '.' ? "" : ".");
    if (*sentence >= 'a' && *sentence <= 'z' && !begins_with_name(sentence))
        *sentence = (char)(*sentence - 'a' + 'A');
    roff_words(out, sentence);
    free(sentence);
}

void roff_display(struct text *out, const char *lines)
{
    text_append(out, ".Bd -literal -offset indent -compact\n");
    bool fresh = true;
    for (; *lines != '\0'; lines++) {
        if (fresh && (*lines == '.' || *lines == '\''))
            text_append(out, "\\&");
        append_character(out, *lines);
        fresh = *lines == '\n';
    }
    text_append(out, fresh ? ".Ed\n" : "\n.Ed\n");
}
