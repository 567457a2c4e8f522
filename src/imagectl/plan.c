// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl plan`: what imaged would do, with what is in the directory or with files that are not
// there yet. `imagectl diff`: one live image against its declaration.

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/validate.h"
#include "imagectl/age.h"
#include "imagectl/client.h"
#include "imagectl/cloud.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/handlers.h"
#include "imagectl/image_row.h"
#include "imagectl/images.h"
#include "imagectl/plan_text.h"
#include "imagectl/print.h"
#include "imagectl/problems.h"
#include "imagectl/sources.h"
#include "imagectl/terminal.h"

#define OLD_MS (60 * 1000) // what the cloud showed so long ago is said to be so

static const char *words(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

// ---- What a reader of the plan should know besides

static void write_note(const char *note, struct text *out)
{
    text_append(out, "Note: ");
    display_clean(out, note);
    text_append(out, "\n");
}

static void note_fault(const json_t *status, const char *group, const char *what, struct text *out)
{
    const char *fault = words(json_object_get(status, group), "fault");
    if (fault == NULL)
        return;
    struct text note = {0};
    text_format(&note, "%s: %s", what, fault);
    write_note(note.bytes, out);
    text_deinit(&note);
}

static void note_age(const json_t *status, struct text *out)
{
    char age[AGE_SIZE];
    int64_t age_ms = cloud_age_ms(status);
    if (age_ms < OLD_MS)
        return;
    age_format(age_ms, age);
    struct text note = {0};
    text_format(&note, "this is the cloud of %s ago; `imagectl refresh --all` looks again", age);
    write_note(note.bytes, out);
    text_deinit(&note);
}

static void write_notes(const json_t *status, struct text *out)
{
    const json_t *declarations = json_object_get(status, "declarations");
    int64_t invalid = json_integer_value(json_object_get(declarations, "invalid"));
    const char *mode = words(status, "mode");
    if (mode != NULL && strcmp(mode, "observe") == 0)
        write_note("imaged runs in observe mode: none of this is done", out);
    if (invalid > 0) {
        struct text note = {0};
        text_format(&note,
            "declarations that cannot be used: %" PRId64 "; `imagectl validate %s` says why",
            invalid,
            words(declarations, "directory") == NULL ? "" : words(declarations, "directory"));
        write_note(note.bytes, out);
        text_deinit(&note);
    }
    note_fault(status, "declarations", "the directory has a fault", out);
    note_fault(status, "api", "the API has a fault, and this is the cloud as last seen", out);
    note_age(status, out);
}

// ---- Files that are not in the directory yet

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// A name that another file declares would be declared twice; a file of that name would take the
// other's place.
static void note_taken(const json_t *item, const struct image_rows *rows, struct text *out)
{
    const char *file = words(item, "file");
    const char *name = words(item, "name");
    const struct image_row *row = name == NULL ? NULL : image_rows_find(rows, name);
    if (row == NULL || !row->declared || row->file == NULL || file == NULL ||
        strcmp(base_of(row->file), base_of(file)) == 0)
        return;
    struct text note = {0};
    text_format(&note,
        "%s is declared in %s already; dropped beside that as %s, the name would be given twice, "
        "which is an error",
        name, row->file, base_of(file));
    write_note(note.bytes, out);
    text_deinit(&note);
}

static int note_all_taken(
    struct client *client, const json_t *plan, struct text *out, struct error *error)
{
    static const struct invocation everything;
    struct images images;
    if (images_fetch(client, &everything, &images, error) != 0)
        return -1;
    const json_t *items = json_object_get(plan, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        note_taken(json_array_get(items, i), &images.rows, out);
    images_deinit(&images);
    return 0;
}

static json_t *documents_of(const struct sources *sources)
{
    json_t *documents = json_array();
    for (size_t i = 0; i < sources->count; i++)
        json_array_append_new(
            documents, json_pack("{s:s, s:s%}", "file", sources->items[i].path, "text",
                           sources->items[i].bytes, sources->items[i].length));
    return json_pack("{s:o}", "documents", documents);
}

// Bad files are told as `validate` tells them, but apart from the plan's own output.
static int check(const struct sources *sources, struct error *error)
{
    validate_files(sources->files, sources->count);
    struct problem_counts counts = problems_count(sources);
    if (counts.errors == 0 && counts.declarations == 0)
        return error_set(error, ERROR_INVALID, "there are no declarations to plan");
    if (counts.errors == 0)
        return 0;
    struct text out = {0};
    static const struct terminal plain;
    problems_write(sources, true, &plain, &out);
    fputs(out.bytes, stderr);
    text_deinit(&out);
    return error_set(error, ERROR_INVALID, "%zu error%s: there is no plan of such declarations",
        counts.errors, counts.errors == 1 ? "" : "s");
}

static int ask_about_files(struct client *client, const struct sources *sources,
    struct client_answer *answer, struct error *error)
{
    json_t *body = documents_of(sources);
    if (body == NULL)
        return error_set(error, ERROR_INVALID, "a path is not UTF-8");
    int result = client_ask(client, "/v1/plan", body, answer, error);
    json_decref(body);
    return result;
}

// ---- plan

static int status_of(const json_t *plan)
{
    const json_t *items = json_object_get(plan, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        if (plan_text_is_change(json_array_get(items, i)))
            return STATUS_TO_SEE;
    return STATUS_WELL;
}

// `sources`: of the plan of files, else NULL.
static int print_plan(struct client *client, const struct invocation *invocation, json_t *plan,
    const json_t *daemon, struct error *error)
{
    struct text out = {0};
    struct text notes = {0};
    struct terminal terminal = terminal_look();
    bool of_files = invocation->count > 0;
    if (invocation_output(invocation) == OUTPUT_JSON) {
        print_json(json_incref(plan));
        return status_of(plan);
    }
    plan_text_all(plan, of_files ? "files" : "directory", &terminal, &out);
    int result = of_files ? note_all_taken(client, plan, &notes, error) : 0;
    write_notes(daemon, &notes);
    text_append(&out, text_string(&notes));
    if (result == 0)
        print_text(&out);
    text_deinit(&notes);
    text_deinit(&out);
    return result == 0 ? status_of(plan) : -1;
}

static int plan_with(struct client *client, const struct invocation *invocation,
    const struct sources *sources, struct error *error)
{
    int status = -1;
    struct client_answer daemon = {0};
    struct client_answer plan = {0};
    if (cloud_await(client, false, &daemon, error) != 0)
        return -1;
    int result = invocation->count > 0 ? ask_about_files(client, sources, &plan, error)
                                       : client_get(client, "/v1/plan", NULL, &plan, error);
    if (result == 0)
        status = print_plan(client, invocation, plan.body, daemon.body, error);
    client_answer_deinit(&plan);
    client_answer_deinit(&daemon);
    return status;
}

int plan_run(const struct invocation *invocation, struct error *error)
{
    int status = -1;
    struct sources sources;
    sources_read(&sources, invocation->operands, invocation->count);
    if (invocation->count == 0 || check(&sources, error) == 0) {
        struct client *client = client_new(invocation->socket, error);
        if (client != NULL)
            status = plan_with(client, invocation, &sources, error);
        client_free(client);
    }
    sources_deinit(&sources);
    return status;
}

// ---- diff

static int print_diff(const struct invocation *invocation, const json_t *item, const json_t *daemon)
{
    bool differs = json_array_size(json_object_get(item, "differences")) > 0;
    bool pending = plan_text_is_change(item) || differs;
    if (invocation_output(invocation) == OUTPUT_JSON) {
        print_json(json_incref((json_t *)item));
        return pending ? STATUS_TO_SEE : STATUS_WELL;
    }
    struct text out = {0};
    struct terminal terminal = terminal_look();
    plan_text_diff(item, &terminal, &out);
    if (!differs)
        text_append(&out, "No differences. ");
    text_append(&out, "imaged's plan: ");
    display_clean(&out, words(item, "change") == NULL ? "?" : words(item, "change"));
    text_append(&out, " (");
    display_clean(&out, words(item, "why") == NULL ? "" : words(item, "why"));
    text_append(&out, ")\n");
    note_age(daemon, &out);
    print_text(&out);
    text_deinit(&out);
    return pending ? STATUS_TO_SEE : STATUS_WELL;
}

static int diff_with(
    struct client *client, const struct invocation *invocation, struct error *error)
{
    int status = -1;
    struct client_answer daemon = {0};
    struct client_answer plan = {0};
    char *path = client_path("/v1/plan?name=", invocation->operands[0], "");
    if (cloud_await(client, false, &daemon, error) != 0)
        status = -1;
    else if (client_get(client, path, NULL, &plan, error) != 0)
        status = images_explain_unknown(client, invocation, error);
    else
        status = print_diff(
            invocation, json_array_get(json_object_get(plan.body, "items"), 0), daemon.body);
    free(path);
    client_answer_deinit(&plan);
    client_answer_deinit(&daemon);
    return status;
}

int diff_run(const struct invocation *invocation, struct error *error)
{
    struct client *client = client_new(invocation->socket, error);
    int status = client == NULL ? -1 : diff_with(client, invocation, error);
    client_free(client);
    return status;
}
