// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/declaration_names.h"
#include "core/memory.h"

struct named {
    struct document_result *result;
    const struct declaration_file *file;
    size_t rank; // in the order of files and documents
};

static int by_name_and_rank(const void *left, const void *right)
{
    const struct named *a = left;
    const struct named *b = right;
    int order = strcmp(a->result->name, b->result->name);
    return order != 0 ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

static void refuse(const struct named *item, const struct named *other)
{
    struct document_result *result = item->result;
    struct place place = other->result->place;
    if (item->file == other->file)
        problem_add(&result->problems, SEVERITY_ERROR, result->place, "name",
            "\"%s\" is declared twice: here, and at line %u, column %u", result->name, place.line,
            place.column);
    else
        problem_add(&result->problems, SEVERITY_ERROR, result->place, "name",
            "\"%s\" is declared twice: here, and at %s:%u:%u", result->name, other->file->path,
            place.line, place.column);
    declaration_unref(result->declaration);
    result->declaration = NULL;
}

// `items` have one name and stand in order, so those of one file stand together: another file's is
// first or last.
static void refuse_group(const struct named *items, size_t count, bool across)
{
    const struct named *last = &items[count - 1];
    for (const struct named *item = items; item <= last; item++) {
        const struct named *other = NULL;
        if (across && items->file != item->file)
            other = items;
        else if (across && last->file != item->file)
            other = last;
        else if (!across)
            other = item == items ? last : items;
        if (other != NULL)
            refuse(item, other);
    }
}

static void check(struct named *items, size_t count, bool across)
{
    qsort(items, count, sizeof(*items), by_name_and_rank);
    for (size_t first = 0, next = 1; first < count; first = next++) {
        while (next < count && strcmp(items[first].result->name, items[next].result->name) == 0)
            next++;
        if (next - first > 1)
            refuse_group(items + first, next - first, across);
    }
}

static void check_all(struct declaration_file *const *files, size_t count, bool across)
{
    size_t documents = 0;
    for (size_t i = 0; i < count; i++)
        documents += files[i]->count;
    struct named *items = memory_new(documents, sizeof(*items));
    size_t named = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < files[i]->count; j++) {
            struct document_result *result = &files[i]->documents[j];
            if (result->name == NULL)
                continue;
            items[named] = (struct named){.result = result, .file = files[i], .rank = named};
            named++;
        }
    }
    check(items, named, across);
    free(items);
}

void declaration_names_check_file(struct declaration_file *file)
{
    if (file->count > 1)
        check_all(&file, 1, false);
}

void declaration_names_check_files(struct declaration_file *const *files, size_t count)
{
    check_all(files, count, true);
}
