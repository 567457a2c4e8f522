// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl validate`: what is wrong with declarations, without a daemon.

#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/text.h"
#include "core/validate.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/excerpt.h"
#include "imagectl/handlers.h"
#include "imagectl/print.h"
#include "imagectl/sources.h"
#include "imagectl/terminal.h"

struct counts {
    size_t declarations; // good ones
    size_t errors;
    size_t warnings;
};

// Calls for each list of problems of a file: its own, then its documents'.
static void each_list(const struct source_file *source,
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
    struct counts *counts = data;
    (void)source;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].severity == SEVERITY_ERROR)
            counts->errors++;
        else
            counts->warnings++;
}

static struct counts count(const struct sources *sources)
{
    struct counts counts = {0};
    for (size_t i = 0; i < sources->count; i++) {
        each_list(&sources->items[i], count_list, &counts);
        for (size_t j = 0; j < sources->items[i].file->count; j++)
            counts.declarations += sources->items[i].file->documents[j].declaration != NULL;
    }
    return counts;
}

struct printing {
    bool quiet;
    struct terminal terminal;
    struct text out;
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
        text_append(&printing->out, paint_begin(paint, printing->terminal.colour));
        display_clean(&printing->out, line.bytes);
        text_append(&printing->out, paint_end(paint, printing->terminal.colour));
        text_append(&printing->out, "\n");
        excerpt_write(
            source->bytes, source->length, problem->place, &printing->terminal, &printing->out);
        text_deinit(&line);
    }
}

static void append_count(struct text *out, size_t number, const char *what)
{
    text_format(out, "%zu %s%s", number, what, number == 1 ? "" : "s");
}

static void write_summary(
    const struct sources *sources, const struct counts *counts, struct text *out)
{
    append_count(out, sources->count, "file");
    text_append(out, ", ");
    append_count(out, counts->declarations, "good declaration");
    text_append(out, ": ");
    append_count(out, counts->errors, "error");
    text_append(out, ", ");
    append_count(out, counts->warnings, "warning");
    text_append(out, "\n");
}

static void print_problems(const struct sources *sources, const struct counts *counts, bool quiet)
{
    struct printing printing = {.quiet = quiet, .terminal = terminal_look()};
    for (size_t i = 0; i < sources->count; i++)
        each_list(&sources->items[i], write_list, &printing);
    if (!quiet)
        write_summary(sources, counts, &printing.out);
    print_text(&printing.out);
    text_deinit(&printing.out);
}

static void add_problems(
    const struct source_file *source, const struct problem_list *list, void *data)
{
    json_t *problems = data;
    (void)source;
    for (size_t i = 0; i < list->count; i++) {
        const struct problem *problem = &list->items[i];
        json_t *line = problem->place.line != 0 ? json_integer(problem->place.line) : json_null();
        json_t *column = problem->place.line != 0 ? json_integer(problem->place.column)
                                                  : json_null();
        struct text message = {0};
        display_clean(&message, problem->message);
        json_array_append_new(
            problems, json_pack("{s:s, s:o, s:o, s:s, s:s}", "severity",
                          problem->severity == SEVERITY_ERROR ? "error" : "warning", "line", line,
                          "column", column, "path", problem->path != NULL ? problem->path : "",
                          "message", message.bytes));
        text_deinit(&message);
    }
}

static json_t *file_to_json(const struct source_file *source)
{
    struct text path = {0};
    json_t *names = json_array();
    json_t *problems = json_array();
    for (size_t i = 0; i < source->file->count; i++)
        if (source->file->documents[i].declaration != NULL)
            json_array_append_new(names, json_string(source->file->documents[i].name));
    each_list(source, add_problems, problems);
    display_clean(&path, source->path);
    json_t *json = json_pack(
        "{s:s, s:o, s:o}", "path", path.bytes, "declarations", names, "problems", problems);
    text_deinit(&path);
    return json;
}

static void print_as_json(const struct sources *sources, const struct counts *counts)
{
    json_t *files = json_array();
    for (size_t i = 0; i < sources->count; i++)
        json_array_append_new(files, file_to_json(&sources->items[i]));
    print_json(json_pack("{s:o, s:I, s:I}", "files", files, "errors", (json_int_t)counts->errors,
        "warnings", (json_int_t)counts->warnings));
}

int validate_run(const struct invocation *invocation, struct error *error)
{
    struct sources sources;
    (void)error;
    sources_read(&sources, invocation->operands, invocation->count);
    validate_files(sources.files, sources.count);
    struct counts counts = count(&sources);
    if (invocation_output(invocation) == OUTPUT_JSON)
        print_as_json(&sources, &counts);
    else
        print_problems(&sources, &counts, invocation->quiet);
    int status = sources.unreadable  ? STATUS_FAULT
                 : counts.errors > 0 ? STATUS_TO_SEE
                                     : STATUS_WELL;
    sources_deinit(&sources);
    return status;
}
