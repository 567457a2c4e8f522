// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "core/plan.h"
#include "core/text.h"
#include "core/validate.h"
#include "imaged/api_json.h"
#include "imaged/api_plan.h"
#include "imaged/clock.h"

json_t *api_plan_row(struct engine *engine, const struct image_status *status)
{
    struct plan plan = {0};
    if (!engine_plan(engine, status->record->name, clock_now(), &plan))
        return json_null(); // of no image of this engine
    json_t *json = api_json_plan(status->record->name, status->declaration, status->record, &plan);
    plan_deinit(&plan);
    return json;
}

// ---- What is not in the directory yet

struct documents {
    struct declaration_file **files;
    size_t count;
};

static int read_documents(const json_t *root, struct documents *documents, struct error *error)
{
    const json_t *list = json_object_get(root, "documents");
    if (!json_is_array(list))
        return error_set(
            error, ERROR_INVALID, "the body must be {\"documents\": [{\"file\": …, \"text\": …}]}");
    documents->files = memory_new(json_array_size(list), sizeof(*documents->files));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *document = json_array_get(list, i);
        const char *path = json_string_value(json_object_get(document, "file"));
        const json_t *text = json_object_get(document, "text");
        if (path == NULL || !json_is_string(text))
            return error_set(error, ERROR_INVALID, "documents[%zu] needs \"file\" and \"text\"", i);
        documents->files[documents->count++] = declaration_file_read(
            path, json_string_value(text), json_string_length(text));
    }
    return 0;
}

static void free_documents(struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        declaration_file_free(documents->files[i]);
    free(documents->files);
}

static int check_problems(
    const struct declaration_file *file, const struct problem_list *problems, struct error *error)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].severity != SEVERITY_ERROR)
            continue;
        struct text wrong = {0};
        problem_format(&problems->items[i], file->path, &wrong);
        error_set(error, ERROR_INVALID, "%s", text_string(&wrong));
        text_deinit(&wrong);
        return -1;
    }
    return 0;
}

static int check_documents(const struct documents *documents, struct error *error)
{
    validate_files(documents->files, documents->count);
    for (size_t i = 0; i < documents->count; i++) {
        const struct declaration_file *file = documents->files[i];
        if (check_problems(file, &file->problems, error) != 0)
            return -1;
        for (size_t j = 0; j < file->count; j++)
            if (check_problems(file, &file->documents[j].problems, error) != 0)
                return -1;
    }
    return 0;
}

static json_t *plan_declarations(
    struct engine *engine, struct declaration *const *declarations, size_t count)
{
    json_t *items = json_array();
    struct plan *plans = memory_new(count, sizeof(*plans));
    engine_plan_declarations(engine, declarations, count, clock_now(), plans);
    for (size_t i = 0; i < count; i++) {
        struct image_status status;
        bool known = engine_status(engine, declarations[i]->name, &status);
        json_array_append_new(items, api_json_plan(declarations[i]->name, declarations[i],
                                         known ? status.record : NULL, &plans[i]));
        plan_deinit(&plans[i]);
    }
    free(plans);
    return json_pack("{s:o}", "items", items);
}

static json_t *plan_documents(struct engine *engine, const struct documents *documents)
{
    struct declaration **declarations = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (size_t i = 0; i < documents->count; i++)
        for (size_t j = 0; j < documents->files[i]->count; j++) {
            declarations = memory_grow(
                declarations, count, &capacity, sizeof(struct declaration *));
            declarations[count++] = documents->files[i]->documents[j].declaration;
        }
    json_t *plan = plan_declarations(engine, declarations, count);
    free(declarations);
    return plan;
}

json_t *api_plan_documents(
    struct engine *engine, const char *body, size_t length, struct error *error)
{
    json_t *plan = NULL;
    struct documents documents = {0};
    json_t *root = json_loadb(body, length, 0, NULL);
    if (read_documents(root, &documents, error) == 0 && check_documents(&documents, error) == 0)
        plan = plan_documents(engine, &documents);
    free_documents(&documents);
    json_decref(root);
    return plan;
}
