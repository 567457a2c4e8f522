// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "core/plan.h"
#include "core/text.h"
#include "imaged/api_json.h"
#include "imaged/api_plan.h"
#include "imaged/clock.h"

struct names {
    char **items;
    size_t count;
    size_t capacity;
};

static void add_name(const struct image_status *status, void *data)
{
    struct names *names = data;
    names->items = memory_grow(names->items, names->count, &names->capacity, sizeof(*names->items));
    names->items[names->count++] = memory_text(status->record->name);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static json_t *plan_one(struct engine *engine, const char *name)
{
    struct plan plan = {0};
    struct image_status status;
    if (!engine_status(engine, name, &status) || !engine_plan(engine, name, clock_now(), &plan))
        return NULL;
    json_t *json = api_json_plan(name, status.declaration, status.record, &plan);
    plan_deinit(&plan);
    return json;
}

json_t *api_plan_all(struct engine *engine, const char *name)
{
    json_t *items = json_array();
    if (name != NULL) {
        json_t *one = plan_one(engine, name);
        if (one == NULL) {
            json_decref(items);
            return NULL;
        }
        json_array_append_new(items, one);
        return json_pack("{s:o}", "items", items);
    }
    struct names names = {0};
    engine_each(engine, add_name, &names);
    if (names.count > 1)
        qsort(names.items, names.count, sizeof(*names.items), by_text);
    for (size_t i = 0; i < names.count; i++) {
        json_array_append_new(items, plan_one(engine, names.items[i]));
        free(names.items[i]);
    }
    free(names.items);
    return json_pack("{s:o}", "items", items);
}

static void plan_declaration(struct engine *engine, struct declaration *declaration, json_t *items)
{
    struct plan plan = {0};
    struct image_status status;
    bool known = engine_status(engine, declaration->name, &status);
    engine_plan_declaration(engine, declaration, clock_now(), &plan);
    json_array_append_new(
        items, api_json_plan(declaration->name, declaration, known ? status.record : NULL, &plan));
    plan_deinit(&plan);
}

static int plan_file(
    struct engine *engine, const struct declaration_file *file, json_t *items, struct error *error)
{
    struct text wrong = {0};
    for (size_t i = 0; i < file->problems.count && wrong.length == 0; i++)
        if (file->problems.items[i].severity == SEVERITY_ERROR)
            problem_format(&file->problems.items[i], file->path, &wrong);
    for (size_t i = 0; i < file->count; i++) {
        const struct document_result *document = &file->documents[i];
        if (document->declaration != NULL)
            plan_declaration(engine, document->declaration, items);
        for (size_t j = 0; j < document->problems.count && wrong.length == 0; j++)
            if (document->problems.items[j].severity == SEVERITY_ERROR)
                problem_format(&document->problems.items[j], file->path, &wrong);
    }
    int result = wrong.length == 0 ? 0 : error_set(error, ERROR_INVALID, "%s", text_string(&wrong));
    text_deinit(&wrong);
    return result;
}

json_t *api_plan_documents(
    struct engine *engine, const char *body, size_t length, struct error *error)
{
    json_t *root = json_loadb(body, length, 0, NULL);
    const json_t *documents = json_object_get(root, "documents");
    json_t *items = json_array();
    int result = 0;
    if (!json_is_array(documents))
        result = error_set(
            error, ERROR_INVALID, "the body must be {\"documents\": [{\"file\": …, \"text\": …}]}");
    for (size_t i = 0; result == 0 && i < json_array_size(documents); i++) {
        const json_t *document = json_array_get(documents, i);
        const char *path = json_string_value(json_object_get(document, "file"));
        const char *text = json_string_value(json_object_get(document, "text"));
        if (path == NULL || text == NULL) {
            result = error_set(
                error, ERROR_INVALID, "documents[%zu] needs \"file\" and \"text\"", i);
            break;
        }
        struct declaration_file *file = declaration_file_read(path, text, strlen(text));
        result = plan_file(engine, file, items, error);
        declaration_file_free(file);
    }
    json_decref(root);
    if (result == 0)
        return json_pack("{s:o}", "items", items);
    json_decref(items);
    return NULL;
}
