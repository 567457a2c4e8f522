// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "numspot/problem_json.h"

// More than anyone reads, and a bound on what a server can make us keep.
#define VIOLATIONS_LIMIT 32

static char *text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value) || json_string_length(value) == 0)
        return NULL;
    return memory_text(json_string_value(value));
}

static void read_violations(const json_t *array, struct problem_document *out)
{
    size_t count = json_array_size(array);
    if (count > VIOLATIONS_LIMIT)
        count = VIOLATIONS_LIMIT;
    if (count == 0)
        return;
    out->violations = memory_new(count, sizeof(out->violations[0]));
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        struct violation violation = {text_of(item, "field"), text_of(item, "description")};
        if (violation.field == NULL && violation.description == NULL)
            continue;
        if (violation.field == NULL)
            violation.field = memory_text("");
        if (violation.description == NULL)
            violation.description = memory_text("");
        out->violations[out->violation_count++] = violation;
    }
}

bool problem_document_read(const char *body, size_t length, struct problem_document *out)
{
    *out = (struct problem_document){0};
    json_t *object = json_loadb(body, length, 0, NULL);
    if (json_is_object(object)) {
        out->type = text_of(object, "type");
        out->title = text_of(object, "title");
        out->detail = text_of(object, "detail");
        out->instance = text_of(object, "instance");
        read_violations(json_object_get(object, "violations"), out);
        if (out->title == NULL && out->type == NULL) {
            out->title = text_of(object, "error");
            memory_free_text(&out->detail);
            out->detail = text_of(object, "error_description");
        }
    }
    json_decref(object);
    if (out->title != NULL || out->type != NULL)
        return true;
    problem_document_deinit(out);
    return false;
}

void problem_document_deinit(struct problem_document *document)
{
    free(document->type);
    free(document->title);
    free(document->detail);
    free(document->instance);
    for (size_t i = 0; i < document->violation_count; i++) {
        free(document->violations[i].field);
        free(document->violations[i].description);
    }
    free(document->violations);
    *document = (struct problem_document){0};
}

bool problem_document_is_about(const struct problem_document *document, const char *path)
{
    if (document->type == NULL || document->title == NULL ||
        strcmp(document->type, "about:blank") == 0)
        return false;
    return document->instance == NULL || strstr(document->instance, path) != NULL;
}
