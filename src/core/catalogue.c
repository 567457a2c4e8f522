// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalogue.h"
#include "core/memory.h"
#include "core/shared_text.h"
#include "core/text.h"
#include "core/text_index.h"

// A claim is a file's wish for a name: by a document of its newest version, or held over from an
// older one while the newest may hide it.
struct claim {
    struct claim *next; // on the same name, in the order of the files
    struct file_entry *file;
    char *name; // the document's; the claim's own where it is held over
    size_t document;
};

#define HELD SIZE_MAX

// Nearly all files hold one good document and nothing to complain of, of which the declaration and
// the place are kept and no more: open_file() tells the rest.
struct file_entry {
    struct declaration_file *file; // NULL: such a one
    const char *path;              // shared
    struct declaration *declaration;
    struct place place;
    unsigned count; // of the claims
    bool blind;     // it may hide any name
    bool doubted;   // it is said to be gone
    struct claim claims[];
};

struct catalogue {
    struct text_index files; // of struct file_entry
    struct text_index names; // of struct claim: the first on each name
    struct catalogue_counts counts;
    size_t blind;   // files
    size_t doubted; // likewise
};

// Room for what open_file() tells.
struct opened {
    struct declaration_file file;
    struct document_result document;
};

static const struct declaration_file *open_file(
    const struct file_entry *entry, struct opened *opened)
{
    if (entry->file != NULL)
        return entry->file;
    *opened = (struct opened){
        .document =
            {
                .name = entry->declaration->name,
                .declaration = entry->declaration,
                .place = entry->place,
            },
        .file = {.path = entry->path, .documents = &opened->document, .count = 1, .capacity = 1},
    };
    return &opened->file;
}

static const char *path_of(const void *entry)
{
    return ((const struct file_entry *)entry)->path;
}

static const char *name_of(const void *claim)
{
    return ((const struct claim *)claim)->name;
}

struct catalogue *catalogue_new(void)
{
    struct catalogue *catalogue = memory_new(1, sizeof(struct catalogue));
    text_index_init(&catalogue->files, path_of);
    text_index_init(&catalogue->names, name_of);
    return catalogue;
}

static const struct claim *find_name(const struct catalogue *catalogue, const char *name)
{
    return text_index_find(&catalogue->names, name);
}

static struct file_entry *find_file(const struct catalogue *catalogue, const char *path)
{
    return text_index_find(&catalogue->files, path);
}

// In the order of the paths, so that the same files give the same words however they came.
static void add_claim(struct catalogue *catalogue, struct claim *claim)
{
    struct claim *first = text_index_find(&catalogue->names, claim->name);
    if (first == NULL) {
        text_index_put(&catalogue->names, claim);
        return;
    }
    struct claim *head = first;
    struct claim **link = &head;
    while (*link != NULL && strcmp((*link)->file->path, claim->file->path) <= 0)
        link = &(*link)->next;
    claim->next = *link;
    *link = claim;
    if (head != first)
        text_index_put(&catalogue->names, head);
}

static void drop_claim(struct catalogue *catalogue, struct claim *claim)
{
    struct claim *first = text_index_find(&catalogue->names, claim->name);
    struct claim *head = first;
    struct claim **link = &head;
    while (*link != claim)
        link = &(*link)->next;
    *link = claim->next;
    if (head == NULL)
        text_index_remove(&catalogue->names, claim->name);
    else if (head != first)
        text_index_put(&catalogue->names, head);
}

// Something of the file could not be read, not even by name, so that names seen in it before may
// still be meant.
static bool hides(const struct declaration_file *file)
{
    if (file->broken || file->count == 0)
        return true;
    for (size_t i = 0; i < file->count; i++)
        if (file->documents[i].name == NULL)
            return true;
    return false;
}

// As above, but for a file that holds no document at all: that is complete in its way.
static bool is_cut_off(const struct declaration_file *file)
{
    return file->broken || (file->count > 0 && hides(file));
}

static void count(struct catalogue *catalogue, const struct declaration_file *file, bool adding)
{
    size_t valid = 0;
    size_t invalid = problem_list_has_errors(&file->problems) ? 1 : 0;
    for (size_t i = 0; i < file->count; i++) {
        if (file->documents[i].declaration != NULL)
            valid++;
        else
            invalid++;
    }
    struct catalogue_counts *counts = &catalogue->counts;
    counts->files = adding ? counts->files + 1 : counts->files - 1;
    counts->valid = adding ? counts->valid + valid : counts->valid - valid;
    counts->invalid = adding ? counts->invalid + invalid : counts->invalid - invalid;
}

static bool names_document(const struct declaration_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (file->documents[i].name != NULL && strcmp(file->documents[i].name, name) == 0)
            return true;
    return false;
}

static void free_entry(struct file_entry *entry)
{
    for (size_t i = 0; i < entry->count; i++)
        if (entry->claims[i].document == HELD)
            free(entry->claims[i].name);
    declaration_file_free(entry->file);
    declaration_unref(entry->declaration);
    shared_text_unref(entry->path);
    free(entry);
}

// Takes the entry's claims away and tells which they were.
static void withdraw(struct catalogue *catalogue, struct file_entry *entry, struct text_list *names)
{
    for (size_t i = 0; i < entry->count; i++) {
        text_list_add(names, entry->claims[i].name);
        drop_claim(catalogue, &entry->claims[i]);
    }
    struct opened opened;
    count(catalogue, open_file(entry, &opened), false);
    catalogue->blind -= entry->blind ? 1 : 0;
    catalogue->doubted -= entry->doubted ? 1 : 0;
    text_index_remove(&catalogue->files, entry->path);
    free_entry(entry);
}

static void claim_documents(
    struct catalogue *catalogue, struct file_entry *entry, struct text_list *touched)
{
    struct opened opened;
    const struct declaration_file *file = open_file(entry, &opened);
    for (size_t i = 0; i < file->count; i++) {
        if (file->documents[i].name == NULL)
            continue;
        struct claim *claim = &entry->claims[entry->count++];
        *claim = (struct claim){.file = entry, .name = file->documents[i].name, .document = i};
        add_claim(catalogue, claim);
        text_list_add(touched, claim->name);
    }
}

// The names of `before` that the newest version may hide.
static size_t hold_over(
    struct catalogue *catalogue, struct file_entry *entry, const struct text_list *before)
{
    size_t held = 0;
    for (size_t i = 0; i < before->count; i++) {
        if (names_document(entry->file, before->items[i]))
            continue;
        struct claim *claim = &entry->claims[entry->count++];
        *claim = (struct claim){
            .file = entry, .name = memory_text(before->items[i]), .document = HELD};
        add_claim(catalogue, claim);
        held++;
    }
    return held;
}

static bool is_plain(const struct declaration_file *file)
{
    return file->count == 1 && !file->broken && file->problems.count == 0 &&
           file->documents[0].problems.count == 0 && file->documents[0].declaration != NULL;
}

// Takes over the file; there is room for claims on its documents and on `more` names.
static struct file_entry *new_entry(struct declaration_file *file, size_t more)
{
    struct file_entry *entry = memory_new(
        1, sizeof(*entry) + (file->count + more) * sizeof(struct claim));
    entry->path = shared_text_ref(file->path);
    if (!is_plain(file)) {
        entry->file = file;
        return entry;
    }
    entry->declaration = declaration_ref(file->documents[0].declaration);
    entry->place = file->documents[0].place;
    declaration_file_free(file);
    return entry;
}

void catalogue_put(
    struct catalogue *catalogue, struct declaration_file *file, struct text_list *touched)
{
    struct text_list before = {0};
    struct file_entry *old = find_file(catalogue, file->path);
    if (old != NULL)
        withdraw(catalogue, old, &before);
    bool hold = hides(file);
    bool cut_off = is_cut_off(file);
    count(catalogue, file, true);
    struct file_entry *entry = new_entry(file, hold ? before.count : 0);
    text_index_put(&catalogue->files, entry);
    claim_documents(catalogue, entry, touched);
    for (size_t i = 0; i < before.count; i++)
        text_list_add(touched, before.items[i]);
    size_t held = hold ? hold_over(catalogue, entry, &before) : 0;
    entry->blind = cut_off && held == 0;
    catalogue->blind += entry->blind ? 1 : 0;
    text_list_deinit(&before);
}

void catalogue_remove(struct catalogue *catalogue, const char *path, struct text_list *touched)
{
    struct file_entry *entry = find_file(catalogue, path);
    if (entry != NULL)
        withdraw(catalogue, entry, touched);
}

static void set_doubt(struct catalogue *catalogue, const char *path, bool doubted)
{
    struct file_entry *entry = find_file(catalogue, path);
    if (entry == NULL || entry->doubted == doubted)
        return;
    entry->doubted = doubted;
    catalogue->doubted = doubted ? catalogue->doubted + 1 : catalogue->doubted - 1;
}

void catalogue_doubt(struct catalogue *catalogue, const char *path)
{
    set_doubt(catalogue, path, true);
}

void catalogue_trust(struct catalogue *catalogue, const char *path)
{
    set_doubt(catalogue, path, false);
}

bool catalogue_has_doubts(const struct catalogue *catalogue)
{
    return catalogue->doubted > 0;
}

void catalogue_remove_doubted(struct catalogue *catalogue, struct text_list *touched)
{
    if (catalogue->doubted == 0)
        return;
    size_t place = 0;
    struct file_entry *entry;
    while ((entry = text_index_next(&catalogue->files, &place)) != NULL) {
        if (!entry->doubted)
            continue;
        withdraw(catalogue, entry, touched);
        place--; // another one may have moved there
    }
}

bool catalogue_claims(const struct catalogue *catalogue, const char *path, const char *name)
{
    const struct claim *claim = find_name(catalogue, name);
    for (; claim != NULL; claim = claim->next)
        if (strcmp(claim->file->path, path) == 0)
            return true;
    return false;
}

const char *catalogue_blind_spot(const struct catalogue *catalogue)
{
    if (catalogue->blind == 0)
        return NULL;
    size_t place = 0;
    const struct file_entry *entry;
    while ((entry = text_index_next(&catalogue->files, &place)) != NULL)
        if (entry->blind)
            return entry->path;
    return NULL;
}

bool catalogue_holds(const struct catalogue *catalogue, const char *path)
{
    const struct file_entry *entry = find_file(catalogue, path);
    struct opened opened;
    return entry != NULL && hides(open_file(entry, &opened));
}

#define SHOWN_ERRORS 20

// All errors, as far as a person would read on: whoever mends a file wants to mend it once.
static void append_errors(
    const struct declaration_file *file, const struct problem_list *problems, struct text *text)
{
    size_t shown = 0;
    size_t more = 0;
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->items[i].severity != SEVERITY_ERROR)
            continue;
        if (shown == SHOWN_ERRORS) {
            more++;
            continue;
        }
        if (text->length > 0)
            text_append(text, "; ");
        problem_format(&problems->items[i], file->path, text);
        shown++;
    }
    if (more > 0)
        text_format(text, "; and %zu more", more);
}

static char *steal_or_null(struct text *text)
{
    return text->length == 0 ? NULL : text_steal(text);
}

static char *document_errors(
    const struct declaration_file *file, const struct problem_list *problems)
{
    struct text text = {0};
    append_errors(file, problems, &text);
    return steal_or_null(&text);
}

// The errors of the file that are not one named document's own.
static char *file_error(const struct declaration_file *file)
{
    struct text text = {0};
    append_errors(file, &file->problems, &text);
    for (size_t i = 0; i < file->count; i++)
        if (file->documents[i].name == NULL)
            append_errors(file, &file->documents[i].problems, &text);
    return steal_or_null(&text);
}

char *catalogue_file_error(const struct catalogue *catalogue, const char *path)
{
    const struct file_entry *entry = find_file(catalogue, path);
    struct opened opened;
    return entry == NULL ? NULL : file_error(open_file(entry, &opened));
}

static unsigned claim_line(const struct claim *claim)
{
    struct opened opened;
    const struct declaration_file *file = open_file(claim->file, &opened);
    return claim->document == HELD ? 1 : file->documents[claim->document].place.line;
}

static char *declared_twice(const struct claim *claims)
{
    struct text text = {0};
    text_append(&text, "the name is declared more than once:");
    for (const struct claim *claim = claims; claim != NULL; claim = claim->next)
        text_format(
            &text, "%s %s:%u", claim == claims ? "" : " and", claim->file->path, claim_line(claim));
    text_append(&text, "; keep one of them");
    return text_steal(&text);
}

struct standing catalogue_standing(const struct catalogue *catalogue, const char *name)
{
    const struct claim *claim = find_name(catalogue, name);
    if (claim == NULL)
        return (struct standing){0};
    struct standing standing = {.declared = true, .file = claim->file->path};
    if (claim->next != NULL) {
        standing.doubled = true;
        standing.error = declared_twice(claim);
        return standing;
    }
    struct opened opened;
    const struct declaration_file *file = open_file(claim->file, &opened);
    const struct document_result *document = claim->document == HELD
                                                 ? NULL
                                                 : &file->documents[claim->document];
    if (document != NULL)
        standing.declaration = document->declaration;
    if (standing.declaration == NULL) {
        standing.error = document == NULL ? file_error(file)
                                          : document_errors(file, &document->problems);
        if (standing.error == NULL)
            standing.error = memory_format("%s: the file cannot be used", standing.file);
    }
    return standing;
}

struct catalogue_counts catalogue_counts(const struct catalogue *catalogue)
{
    return catalogue->counts;
}

void catalogue_each(const struct catalogue *catalogue,
    void (*visit)(const struct declaration_file *file, void *data), void *data)
{
    size_t place = 0;
    const struct file_entry *entry;
    while ((entry = text_index_next(&catalogue->files, &place)) != NULL) {
        struct opened opened;
        visit(open_file(entry, &opened), data);
    }
}

void catalogue_free(struct catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    size_t place = 0;
    struct file_entry *entry;
    while ((entry = text_index_next(&catalogue->files, &place)) != NULL)
        free_entry(entry);
    text_index_deinit(&catalogue->files);
    text_index_deinit(&catalogue->names);
    free(catalogue);
}
