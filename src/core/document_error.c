// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/document_error.h"
#include "core/document_input.h"
#include "core/memory.h"
#include "core/problem.h"
#include "core/quote.h"
#include "core/utf8.h"

// What libyaml says, and what to do about it. The first row whose texts are found in libyaml's
// counts.
static const struct {
    const char *context; // or NULL: any
    const char *problem;
    const char *advice;
    bool at_context; // the place to look at is where the thing began
} advices[] = {
    {"while scanning a quoted scalar", "found unexpected end of stream",
        "the quotation mark here is never closed", true},
    {"while scanning a quoted scalar", "found unexpected document indicator",
        "the quotation mark here is not closed before the next `---` or `...`", true},
    {NULL, "found unknown escape character",
        "an unknown escape in double quotes; use single quotes, or \\\\ for a backslash", false},
    {NULL, "did not find expected hexdecimal number",
        "an escape in double quotes lacks its hexadecimal digits", false},
    {NULL, "mapping values are not allowed in this context",
        "a `: ` where no key can stand; put the value in quotes, or mend the indentation", false},
    {NULL, "could not find expected ':'",
        "this line is neither `key: value` nor the continuation of a text; is a `:` missing, or a "
        "space behind it?",
        true},
    {NULL, "did not find expected key",
        "no key where one is expected; the indentation differs from the lines above, or a value "
        "needs quotes",
        false},
    {NULL, "did not find expected '-' indicator",
        "no `- ` where a list's next item is expected; mend the indentation", false},
    {NULL, "block sequence entries are not allowed in this context",
        "a `- ` where no list can begin; put the list on lines of its own below the key", false},
    {NULL, "did not find expected ',' or ']'", "the `[` here is not closed by a `]`", true},
    {NULL, "did not find expected ',' or '}'", "the `{` here is not closed by a `}`", true},
    {NULL, "did not find expected <document start>",
        "more follows where the document should end; mend the indentation, or put `---` between "
        "documents",
        false},
    {NULL, "did not find expected node content",
        "no value where one is expected; put it in quotes if it begins with a special character",
        false},
    {NULL, "found duplicate %YAML directive", "a second %YAML directive; remove it", false},
    {NULL, "found incompatible YAML document", "an unsupported YAML version; use 1.1 or 1.2",
        false},
    {NULL, "found undefined tag handle", "a tag whose prefix is not defined; remove the tag",
        false},
    {NULL, "found a tab character", "a tab; YAML is indented with spaces only", false},
};

#define ADVICE_COUNT (sizeof(advices) / sizeof(advices[0]))

static bool contains(const char *text, const char *part)
{
    return part == NULL || (text != NULL && strstr(text, part) != NULL);
}

// The bytes at a mark, which counts characters and leaves a byte order mark out.
static const char *at_mark(yaml_mark_t mark, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    bytes += document_input_mark(bytes, length);
    for (size_t i = 0; i < mark.index && bytes < end; i++) {
        size_t size = utf8_decode(bytes, (size_t)(end - bytes), NULL);
        bytes += size == 0 ? 1 : size;
    }
    return bytes;
}

static char *character_advice(const char *at, const char *end)
{
    if (at >= end)
        return memory_text("the text ends where a value is expected");
    if (*at == '\t')
        return memory_text("a tab; YAML is indented with spaces only");
    size_t size = utf8_decode(at, (size_t)(end - at), NULL);
    char *character = memory_text_n(at, size == 0 ? 1 : size);
    char *quoted = quote_text(character);
    char *advice = memory_format(
        "no value can begin with %s; put it in quotes, and indent with spaces only", quoted);
    free(quoted);
    free(character);
    return advice;
}

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){.line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

void document_error_add(const struct yaml_parser_s *parser, const char *bytes, size_t length,
    struct problem_list *problems)
{
    if (parser->error == YAML_MEMORY_ERROR)
        memory_exhausted(length);
    yaml_mark_t mark = parser->problem_mark;
    const char *at = at_mark(mark, bytes, length);
    if (contains(parser->problem, "cannot start any token") ||
        (at < bytes + length && *at == '\t')) {
        char *advice = character_advice(at, bytes + length);
        problem_add(problems, SEVERITY_ERROR, place_of(mark), "", "%s", advice);
        free(advice);
        return;
    }
    for (size_t i = 0; i < ADVICE_COUNT; i++) {
        if (!contains(parser->context, advices[i].context) ||
            !contains(parser->problem, advices[i].problem))
            continue;
        bool at_context = advices[i].at_context && parser->context != NULL;
        problem_add(problems, SEVERITY_ERROR, place_of(at_context ? parser->context_mark : mark),
            "", "%s", advices[i].advice);
        return;
    }
    problem_add(problems, SEVERITY_ERROR, place_of(mark), "", "not YAML: %s%s%s",
        parser->problem == NULL ? "cannot be read" : parser->problem,
        parser->context == NULL ? "" : " ", parser->context == NULL ? "" : parser->context);
}
