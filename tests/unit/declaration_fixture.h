// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the tests of declarations share: reading from a text, and looking for a problem.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/declaration.h"
#include "core/text.h"

// What a text must lead to. `path` and `message` NULL: no problem of that severity at all.
struct expectation {
    const char *yaml;
    enum severity severity;
    struct place place;
    const char *path;
    const char *message; // a part of it
};

static inline struct declaration_file *read_text(const char *path, const char *yaml)
{
    return declaration_file_read(path, yaml, strlen(yaml));
}

// The declaration of a text that must be good; the caller unrefs it.
static inline struct declaration *read_good(const char *yaml)
{
    struct declaration_file *file = read_text("good.yaml", yaml);
    assert_int_equal(file->problems.count, 0);
    assert_int_equal(file->count, 1);
    const struct document_result *document = &file->documents[0];
    for (size_t i = 0; i < document->problems.count && document->declaration == NULL; i++)
        print_error(
            "%s: %s\n", document->problems.items[i].path, document->problems.items[i].message);
    assert_non_null(document->declaration);
    struct declaration *declaration = declaration_ref(document->declaration);
    declaration_file_free(file);
    return declaration;
}

static inline bool problem_fits(const struct problem *problem, const struct expectation *expected)
{
    return problem->severity == expected->severity && problem->place.line == expected->place.line &&
           problem->place.column == expected->place.column &&
           strcmp(problem->path, expected->path) == 0 &&
           strstr(problem->message, expected->message) != NULL;
}

static inline size_t count_fitting(
    const struct problem_list *problems, const struct expectation *expected, size_t *severe)
{
    size_t fitting = 0;
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].severity != expected->severity)
            continue;
        (*severe)++;
        if (expected->path != NULL && problem_fits(&problems->items[i], expected))
            fitting++;
    }
    return fitting;
}

static inline void print_problems(const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        struct text line = {0};
        problem_format(&problems->items[i], "found", &line);
        print_error("  %s\n", line.bytes);
        text_deinit(&line);
    }
}

// Whether the text leads to the expected problem and, of that severity, to no other.
static inline bool leads_to(const struct expectation *expected)
{
    struct declaration_file *file = read_text("file.yaml", expected->yaml);
    size_t severe = 0;
    size_t fitting = count_fitting(&file->problems, expected, &severe);
    for (size_t i = 0; i < file->count; i++)
        fitting += count_fitting(&file->documents[i].problems, expected, &severe);
    size_t wanted = expected->path == NULL ? 0 : 1;
    bool good = fitting == wanted && severe == wanted;
    if (!good) {
        print_error("---\n%s---\nwanted %u:%u: %s: …%s…\n", expected->yaml, expected->place.line,
            expected->place.column, expected->path == NULL ? "(none)" : expected->path,
            expected->message == NULL ? "" : expected->message);
        print_problems(&file->problems);
        for (size_t i = 0; i < file->count; i++)
            print_problems(&file->documents[i].problems);
    }
    declaration_file_free(file);
    return good;
}

// All rows, so that a run shows every one that fails.
static inline void expect_all(const struct expectation *rows, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++)
        if (!leads_to(&rows[i]))
            failed++;
    assert_int_equal(failed, 0);
}
