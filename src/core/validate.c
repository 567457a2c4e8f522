// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/declaration_names.h"
#include "core/memory.h"
#include "core/suggest.h"
#include "core/text.h"
#include "core/validate.h"

#define SOURCE_PATH "source_image_id.declared"

// Beyond so many names the nearest one is not looked for.
#define FEW_NAMES 2000

enum colour { COLOUR_NEW, COLOUR_ON_WALK, COLOUR_DONE };

struct known {
    struct document_result *result;
    size_t source; // index of what it is made from; SIZE_MAX: none of these
    enum colour colour;
};

struct knowledge {
    struct known *items; // by name
    size_t count;
};

static int by_name(const void *left, const void *right)
{
    const struct known *a = left;
    const struct known *b = right;
    return strcmp(a->result->name, b->result->name);
}

static struct knowledge gather(struct declaration_file *const *files, size_t count)
{
    size_t documents = 0;
    for (size_t i = 0; i < count; i++)
        documents += files[i]->count;
    struct knowledge knowledge = {.items = memory_new(documents, sizeof(struct known))};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < files[i]->count; j++)
            if (files[i]->documents[j].name != NULL)
                knowledge.items[knowledge.count++] = (struct known){
                    .result = &files[i]->documents[j],
                    .source = SIZE_MAX,
                };
    qsort(knowledge.items, knowledge.count, sizeof(struct known), by_name);
    return knowledge;
}

static size_t find(const struct knowledge *knowledge, const char *name)
{
    size_t low = 0;
    size_t high = knowledge->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(knowledge->items[middle].result->name, name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

// The nearest of the declared names, or NULL.
static const char *nearest(const struct knowledge *knowledge, const char *name)
{
    const char **names = memory_new(knowledge->count + 1, sizeof(*names));
    for (size_t i = 0; i < knowledge->count && knowledge->count <= FEW_NAMES; i++)
        names[i] = knowledge->items[i].result->name;
    const char *found = suggest_word(name, names);
    free(names);
    return found;
}

static void resolve(const struct knowledge *knowledge, struct known *item)
{
    const struct declaration *declaration = item->result->declaration;
    if (declaration == NULL)
        return;
    const char *source = declaration_open(declaration).image.source_image.declared;
    if (source == NULL)
        return;
    item->source = find(knowledge, source);
    if (item->source != SIZE_MAX)
        return;
    const char *meant = nearest(knowledge, source);
    problem_add(&item->result->problems, SEVERITY_WARNING,
        declaration_place(declaration, SOURCE_PATH), SOURCE_PATH,
        "\"%s\" is declared in none of these files%s%s%s", source,
        meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
        meant == NULL ? "" : "\"?");
}

// Each image of the circle gets the error, told from its own place.
static void refuse_circle(const struct knowledge *knowledge, size_t start)
{
    size_t at = start;
    do {
        struct document_result *result = knowledge->items[at].result;
        struct text circle = {0};
        text_append(&circle, result->name);
        for (size_t next = knowledge->items[at].source; next != at;
             next = knowledge->items[next].source)
            text_format(&circle, " <- %s", knowledge->items[next].result->name);
        text_format(&circle, " <- %s", result->name);
        problem_add(&result->problems, SEVERITY_ERROR,
            declaration_place(result->declaration, SOURCE_PATH), SOURCE_PATH,
            "the images are made from each other in a circle: %s", circle.bytes);
        text_deinit(&circle);
        at = knowledge->items[at].source;
    } while (at != start);
    do {
        struct document_result *result = knowledge->items[at].result;
        declaration_unref(result->declaration);
        result->declaration = NULL;
        at = knowledge->items[at].source;
    } while (at != start);
}

// Each image has at most one source, so a walk along sources either ends or runs into itself.
static void find_circle(const struct knowledge *knowledge, size_t start)
{
    size_t at = start;
    while (at != SIZE_MAX && knowledge->items[at].colour == COLOUR_NEW) {
        knowledge->items[at].colour = COLOUR_ON_WALK;
        at = knowledge->items[at].source;
    }
    if (at != SIZE_MAX && knowledge->items[at].colour == COLOUR_ON_WALK)
        refuse_circle(knowledge, at);
    for (at = start; at != SIZE_MAX && knowledge->items[at].colour == COLOUR_ON_WALK;
         at = knowledge->items[at].source)
        knowledge->items[at].colour = COLOUR_DONE;
}

void validate_files(struct declaration_file *const *files, size_t count)
{
    declaration_names_check_files(files, count);
    struct knowledge knowledge = gather(files, count);
    for (size_t i = 0; i < knowledge.count; i++)
        resolve(&knowledge, &knowledge.items[i]);
    for (size_t i = 0; i < knowledge.count; i++)
        find_circle(&knowledge, i);
    free(knowledge.items);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < files[i]->count; j++)
            problem_list_sort(&files[i]->documents[j].problems);
}
