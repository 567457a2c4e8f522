// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl validate`: what is wrong with declarations, without a daemon.

#include "config.h"

#include "core/text.h"
#include "core/validate.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/handlers.h"
#include "imagectl/print.h"
#include "imagectl/problems.h"
#include "imagectl/sources.h"
#include "imagectl/terminal.h"

static void append_count(struct text *out, size_t number, const char *what)
{
    text_format(out, "%zu %s%s", number, what, number == 1 ? "" : "s");
}

static void write_summary(
    const struct sources *sources, const struct problem_counts *counts, struct text *out)
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

static void print_problems(
    const struct sources *sources, const struct problem_counts *counts, bool quiet)
{
    struct text out = {0};
    struct terminal terminal = terminal_look();
    problems_write(sources, quiet, &terminal, &out);
    if (!quiet)
        write_summary(sources, counts, &out);
    print_text(&out);
    text_deinit(&out);
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
    problems_each(source, add_problems, problems);
    display_clean(&path, source->path);
    json_t *json = json_pack(
        "{s:s, s:o, s:o}", "path", path.bytes, "declarations", names, "problems", problems);
    text_deinit(&path);
    return json;
}

static void print_as_json(const struct sources *sources, const struct problem_counts *counts)
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
    struct problem_counts counts = problems_count(&sources);
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
