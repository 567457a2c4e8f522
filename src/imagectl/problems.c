// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/excerpt.h"
#include "imagectl/problems.h"
#include "imagectl/sources.h"
#include "imagectl/terminal.h"

void problems_each(const struct source_file *source,
    void (*visit)(const struct source_file *source, const struct problem_list *list, void *data),
    void *data)
{
    visit(source, &source->file->problems, data);
    for (size_t i = 0; i < source->file->count; i++)
        visit(source, &source->file->documents[i].problems, data);
}

static void count_list(
    const struct source_file *source, const struct problem_list *list, void *data)
{
    struct problem_counts *counts = data;
    (void)source;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].severity == SEVERITY_ERROR)
            counts->errors++;
        else
            counts->warnings++;
}

struct problem_counts problems_count(const struct sources *sources)
{
    struct problem_counts counts = {0};
    for (size_t i = 0; i < sources->count; i++) {
        problems_each(&sources->items[i], count_list, &counts);
        for (size_t j = 0; j < sources->items[i].file->count; j++)
            counts.declarations += sources->items[i].file->documents[j].declaration != NULL;
    }
    return counts;
}

struct printing {
    bool quiet;
    const struct terminal *terminal;
    struct text *out;
};

static void write_list(
    const struct source_file *source, const struct problem_list *list, void *data)
{
    struct printing *printing = data;
    for (size_t i = 0; i < list->count; i++) {
        const struct problem *problem = &list->items[i];
        bool error = problem->severity == SEVERITY_ERROR;
        if (printing->quiet && !error)
            continue;
        struct text line = {0};
        enum paint paint = error ? PAINT_BAD : PAINT_BUSY;
        problem_format(problem, source->path, &line);
        text_append(printing->out, paint_begin(paint, printing->terminal->colour));
        display_clean(printing->out, line.bytes);
        text_append(printing->out, paint_end(paint, printing->terminal->colour));
        text_append(printing->out, "\n");
        excerpt_write(
            source->bytes, source->length, problem->place, printing->terminal, printing->out);
        text_deinit(&line);
    }
}

void problems_write(
    const struct sources *sources, bool quiet, const struct terminal *terminal, struct text *out)
{
    struct printing printing = {.quiet = quiet, .terminal = terminal, .out = out};
    for (size_t i = 0; i < sources->count; i++)
        problems_each(&sources->items[i], write_list, &printing);
}
