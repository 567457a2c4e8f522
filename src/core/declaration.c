// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/canonical.h"
#include "core/declaration.h"
#include "core/declaration_fields.h"
#include "core/declaration_names.h"
#include "core/declaration_places.h"
#include "core/document.h"
#include "core/field_read.h"
#include "core/image_checks.h"
#include "core/memory.h"
#include "core/packed.h"
#include "core/shared_text.h"
#include "core/text.h"

_Static_assert(DECLARATION_FILE_LIMIT_BYTES == DOCUMENT_LIMIT_BYTES, "one limit for all files");

void declaration_check(
    const void *object, const struct node *node, const char *path, struct problem_list *problems)
{
    const struct declared *declared = object;
    (void)path;
    if (!declared->lifecycle.keep_previous.present || declared->image.name == NULL ||
        strstr(declared->image.name, IMAGE_NAME_DIGEST) != NULL)
        return;
    const struct node *lifecycle = node_find(node, "lifecycle");
    problem_add(problems, SEVERITY_WARNING, node_entry(lifecycle, "keep_previous")->key->place,
        "lifecycle.keep_previous",
        "has no effect without {digest} in the name: the old image goes before the new one comes");
}

// Takes over what was read; it may still lack its name. `file` is shared.
static struct declaration *declaration_new(
    const char *file, const struct node *root, struct declared *declared)
{
    struct declaration *declaration = memory_new(1, sizeof(*declaration));
    *declaration = (struct declaration){
        .references = 1,
        .file = shared_text_ref(file),
        .place = root->place,
        .source = image_source(&declared->image),
        .draft = memory_new(1, sizeof(*declared)),
    };
    *declaration->draft = *declared;
    return declaration;
}

static void drop_draft(struct declaration *declaration)
{
    if (declaration->draft != NULL)
        field_table_deinit(&declaration_table, declaration->draft);
    free(declaration->draft);
    declaration->draft = NULL;
}

void declaration_open_into(const struct declaration *declaration, struct declared *declared)
{
    packed_open(declaration->packed, &declaration_table, declared);
}

struct declared declaration_open(const struct declaration *declaration)
{
    struct declared declared;
    declaration_open_into(declaration, &declared);
    return declared;
}

// Derives the rest, once the image has its name.
static void complete(struct declaration *declaration)
{
    const struct declared *declared = declaration->draft;
    struct text canonical = {0};
    canonical_write(&declaration_table, declared, CANONICAL_WHOLE, &canonical);
    declaration->canonical = shared_text_new(text_string(&canonical));
    text_deinit(&canonical);
    canonical_digest(&declared->image, declaration->digest);
    declaration->packed = packed_new(&declaration_table, declared);
    declaration->name = declaration_open(declaration).image.name;
    drop_draft(declaration);
}

struct declaration *declaration_ref(struct declaration *declaration)
{
    declaration->references++;
    return declaration;
}

void declaration_unref(struct declaration *declaration)
{
    if (declaration == NULL || --declaration->references > 0)
        return;
    drop_draft(declaration);
    free(declaration->packed);
    shared_text_unref(declaration->file);
    shared_text_unref(declaration->canonical);
    free(declaration->places);
    free(declaration);
}

char *declaration_cloud_name(const struct declaration *declaration)
{
    struct declared declared = declaration_open(declaration);
    return canonical_cloud_name(&declared.image, declaration->digest);
}

// Reads the tree's fields; NULL and problems when they are not all good.
static struct declaration *read_tree(
    const struct node *root, const char *file, struct problem_list *problems)
{
    struct declared declared = {0};
    if (root->kind != NODE_MAPPING) {
        char *found = node_describe(root);
        problem_add(problems, SEVERITY_ERROR, root->place, "",
            "found %s; a declaration must be a mapping of fields, each `key: value`", found);
        free(found);
        return NULL;
    }
    field_table_read(&declaration_table, root, "", &declared, problems);
    if (!problem_list_has_errors(problems))
        return declaration_new(file, root, &declared);
    field_table_deinit(&declaration_table, &declared);
    return NULL;
}

// Whether a bad document's name is in doubt: bad itself, given twice, or misspelt.
static bool is_doubtful(const struct node *root, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].severity == SEVERITY_ERROR &&
            strcmp(problems->items[i].path, "name") == 0)
            return true;
    return problem_list_is_full(problems) || field_is_misspelt(&image_table, root, "name");
}

static void read_document(struct declaration_file *file, enum document_status status,
    const struct node *root, struct problem_list *problems)
{
    file->documents = memory_grow(
        file->documents, file->count, &file->capacity, sizeof(*file->documents));
    struct document_result *result = &file->documents[file->count++];
    *result = (struct document_result){.place = root->place};
    problem_list_move(&result->problems, problems);
    if (status == DOCUMENT_READ)
        result->declaration = read_tree(root, file->path, &result->problems);
    if (result->declaration != NULL)
        result->declaration->places = declaration_places_collect(root);
    const struct node *name = node_find(root, "name");
    if (root->kind != NODE_MAPPING || is_doubtful(root, &result->problems))
        return;
    if (name == NULL) {
        result->unnamed = status == DOCUMENT_READ;
    } else if (name->kind == NODE_SCALAR && image_check_name(name->text) == NULL) {
        result->name = memory_text_n(name->text, name->length);
        result->place = name->place;
    }
}

// The last part of a path without its ending; the caller frees it.
static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    return memory_text_n(base, dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base));
}

// Gives a declaration without a name the file's, where it has one document; else it is bad.
static void give_name(const struct declaration_file *file, struct document_result *result)
{
    if (!result->unnamed)
        return;
    bool alone = file->count == 1 && !file->broken;
    char *stem = stem_of(file->path);
    const char *allowed = image_check_name(stem);
    if (alone && allowed == NULL) {
        result->name = memory_text(stem);
        if (result->declaration != NULL)
            result->declaration->draft->image.name = memory_text(stem);
    } else if (alone) {
        problem_add(&result->problems, SEVERITY_ERROR, result->place, "name",
            "not given, and that of the file cannot stand in for it: it must be %s", allowed);
    } else {
        problem_add(&result->problems, SEVERITY_ERROR, result->place, "name",
            "required in a file of several declarations");
    }
    free(stem);
}

// An image cannot be made from itself.
static void check_not_own_source(struct document_result *result)
{
    const struct declaration *declaration = result->declaration;
    const struct image *image = &declaration->draft->image;
    const char *source = image->source_image.declared;
    if (source == NULL || image->name == NULL || strcmp(source, image->name) != 0)
        return;
    problem_add(&result->problems, SEVERITY_ERROR,
        declaration_place(declaration, "source_image_id.declared"), "source_image_id.declared",
        "the image is its own source; name another declaration");
}

static void finish_document(const struct declaration_file *file, struct document_result *result)
{
    give_name(file, result);
    if (result->declaration != NULL)
        check_not_own_source(result);
    if (result->declaration != NULL && problem_list_has_errors(&result->problems)) {
        declaration_unref(result->declaration);
        result->declaration = NULL;
    }
    if (result->declaration != NULL)
        complete(result->declaration);
}

struct declaration_file *declaration_file_read(const char *path, const char *bytes, size_t length)
{
    struct declaration_file *file = memory_new(1, sizeof(*file));
    file->path = shared_text_new(path);
    struct document_reader *reader = document_reader_new(bytes, length);
    struct problem_list problems = {0};
    const struct node *root = NULL;
    enum document_status status;
    for (;;) {
        status = document_reader_next(reader, &root, &problems);
        if (status == DOCUMENT_END || status == DOCUMENT_BROKEN)
            break;
        read_document(file, status, root, &problems);
    }
    document_reader_free(reader);
    problem_list_move(&file->problems, &problems);
    file->broken = status == DOCUMENT_BROKEN;
    if (file->count == 0 && !file->broken)
        problem_add(&file->problems, SEVERITY_ERROR, (struct place){1, 1}, "",
            "the file declares nothing: it is empty, or has only comments; remove the file to "
            "remove its images");
    for (size_t i = 0; i < file->count; i++)
        finish_document(file, &file->documents[i]);
    declaration_names_check_file(file);
    for (size_t i = 0; i < file->count; i++)
        problem_list_sort(&file->documents[i].problems);
    file->documents = memory_resize(file->documents, file->count, sizeof(*file->documents));
    file->capacity = file->count;
    problem_list_sort(&file->problems);
    return file;
}

struct declaration_file *declaration_file_unreadable(const char *path, const char *why)
{
    struct declaration_file *file = memory_new(1, sizeof(*file));
    file->path = shared_text_new(path);
    file->broken = true;
    problem_add(&file->problems, SEVERITY_ERROR, (struct place){0}, "", "%s", why);
    return file;
}

void declaration_file_free(struct declaration_file *file)
{
    if (file == NULL)
        return;
    for (size_t i = 0; i < file->count; i++) {
        free(file->documents[i].name);
        declaration_unref(file->documents[i].declaration);
        problem_list_deinit(&file->documents[i].problems);
    }
    free(file->documents);
    shared_text_unref(file->path);
    problem_list_deinit(&file->problems);
    free(file);
}

struct declaration *declaration_from_canonical(const char *canonical, const char *file)
{
    struct document_reader *reader = document_reader_new(canonical, strlen(canonical));
    struct problem_list problems = {0};
    const struct node *root = NULL;
    struct declaration *declaration = NULL;
    const char *path = shared_text_new(file);
    if (document_reader_next(reader, &root, &problems) == DOCUMENT_READ)
        declaration = read_tree(root, path, &problems);
    bool whole = document_reader_next(reader, &root, &problems) == DOCUMENT_END;
    if (declaration != NULL && (declaration->draft->image.name == NULL || !whole)) {
        declaration_unref(declaration);
        declaration = NULL;
    }
    if (declaration != NULL) {
        declaration->place = (struct place){
            0}; // the record's text has no places that mean anything
        complete(declaration);
    }
    shared_text_unref(path);
    document_reader_free(reader);
    problem_list_deinit(&problems);
    return declaration;
}
