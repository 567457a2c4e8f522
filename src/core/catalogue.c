// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/catalogue.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"

// A claim is a file's wish for a name: by a document of its newest version, or held over from an
// older one while the newest may hide it.
struct claim {
    struct claim *next;
    struct file_entry *file;
    struct document_result *document; // NULL: held over
};

struct name_entry {
    char *name;
    struct claim *first;
    UT_hash_handle hh;
};

struct file_entry {
    struct declaration_file *file;
    struct text_list held; // names that the newest version may hide
    bool blind;            // it may hide any name
    bool doubted;          // it is said to be gone
    UT_hash_handle hh;
};

struct catalogue {
    struct file_entry *files;
    struct name_entry *names;
    struct catalogue_counts counts;
    size_t blind;   // files
    size_t doubted; // likewise
};

struct catalogue *catalogue_new(void)
{
    return memory_new(1, sizeof(struct catalogue));
}

static struct name_entry *find_name(const struct catalogue *catalogue, const char *name)
{
    struct name_entry *entry = NULL;
    HASH_FIND_STR(catalogue->names, name, entry);
    return entry;
}

static struct file_entry *find_file(const struct catalogue *catalogue, const char *path)
{
    struct file_entry *entry = NULL;
    HASH_FIND_STR(catalogue->files, path, entry);
    return entry;
}

static void add_claim(struct catalogue *catalogue, const char *name, struct file_entry *file,
    struct document_result *document)
{
    struct name_entry *entry = find_name(catalogue, name);
    if (entry == NULL) {
        entry = memory_new(1, sizeof(*entry));
        entry->name = memory_text(name);
        HASH_ADD_KEYPTR(hh, catalogue->names, entry->name, strlen(entry->name), entry);
    }
    struct claim *claim = memory_new(1, sizeof(*claim));
    claim->file = file;
    claim->document = document;
    // In the order of the paths, so that the same files give the same words however they came.
    struct claim **link = &entry->first;
    while (*link != NULL && strcmp((*link)->file->file->path, file->file->path) <= 0)
        link = &(*link)->next;
    claim->next = *link;
    *link = claim;
}

static void drop_claims(
    struct catalogue *catalogue, const char *name, const struct file_entry *file)
{
    struct name_entry *entry = find_name(catalogue, name);
    if (entry == NULL)
        return;
    struct claim **link = &entry->first;
    while (*link != NULL) {
        struct claim *claim = *link;
        if (claim->file != file) {
            link = &claim->next;
            continue;
        }
        *link = claim->next;
        free(claim);
    }
    if (entry->first == NULL) {
        HASH_DEL(catalogue->names, entry);
        free(entry->name);
        free(entry);
    }
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

// All names that the entry has claims on, added to `names`.
static void claimed_names(const struct file_entry *entry, struct text_list *names)
{
    for (size_t i = 0; i < entry->file->count; i++)
        if (entry->file->documents[i].name != NULL)
            text_list_add(names, entry->file->documents[i].name);
    for (size_t i = 0; i < entry->held.count; i++)
        text_list_add(names, entry->held.items[i]);
}

// Takes the entry's claims away and tells which they were.
static void withdraw(struct catalogue *catalogue, struct file_entry *entry, struct text_list *names)
{
    claimed_names(entry, names);
    for (size_t i = 0; i < names->count; i++)
        drop_claims(catalogue, names->items[i], entry);
    count(catalogue, entry->file, false);
    catalogue->blind -= entry->blind ? 1 : 0;
    catalogue->doubted -= entry->doubted ? 1 : 0;
    text_list_deinit(&entry->held);
    HASH_DEL(catalogue->files, entry);
    declaration_file_free(entry->file);
    free(entry);
}

static void claim_documents(
    struct catalogue *catalogue, struct file_entry *entry, struct text_list *touched)
{
    struct declaration_file *file = entry->file;
    for (size_t i = 0; i < file->count; i++) {
        if (file->documents[i].name == NULL)
            continue;
        add_claim(catalogue, file->documents[i].name, entry, &file->documents[i]);
        text_list_add(touched, file->documents[i].name);
    }
}

void catalogue_put(
    struct catalogue *catalogue, struct declaration_file *file, struct text_list *touched)
{
    struct text_list before = {0};
    struct file_entry *old = find_file(catalogue, file->path);
    if (old != NULL)
        withdraw(catalogue, old, &before);
    struct file_entry *entry = memory_new(1, sizeof(*entry));
    entry->file = file;
    HASH_ADD_KEYPTR(hh, catalogue->files, file->path, strlen(file->path), entry);
    count(catalogue, file, true);
    claim_documents(catalogue, entry, touched);
    bool hold = hides(file);
    for (size_t i = 0; i < before.count; i++) {
        const char *name = before.items[i];
        text_list_add(touched, name);
        if (hold && !names_document(file, name)) {
            text_list_add(&entry->held, name);
            add_claim(catalogue, name, entry, NULL);
        }
    }
    entry->blind = is_cut_off(file) && entry->held.count == 0;
    catalogue->blind += entry->blind ? 1 : 0;
    text_list_deinit(&before);
}

void catalogue_remove(struct catalogue *catalogue, const char *path, struct text_list *touched)
{
    struct file_entry *entry = find_file(catalogue, path);
    if (entry == NULL)
        return;
    struct text_list names = {0};
    withdraw(catalogue, entry, &names);
    for (size_t i = 0; i < names.count; i++)
        text_list_add(touched, names.items[i]);
    text_list_deinit(&names);
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

void catalogue_remove_doubted(struct catalogue *catalogue, struct text_list *touched)
{
    struct file_entry *entry = NULL;
    struct file_entry *following = NULL;
    if (catalogue->doubted == 0)
        return;
    HASH_ITER(hh, catalogue->files, entry, following)
    {
        if (entry->doubted)
            catalogue_remove(catalogue, entry->file->path, touched);
    }
}

bool catalogue_claims(const struct catalogue *catalogue, const char *path, const char *name)
{
    const struct name_entry *entry = find_name(catalogue, name);
    for (const struct claim *claim = entry == NULL ? NULL : entry->first; claim != NULL;
         claim = claim->next)
        if (strcmp(claim->file->file->path, path) == 0)
            return true;
    return false;
}

const char *catalogue_blind_spot(const struct catalogue *catalogue)
{
    struct file_entry *entry = NULL;
    struct file_entry *following = NULL;
    if (catalogue->blind == 0)
        return NULL;
    HASH_ITER(hh, catalogue->files, entry, following)
    {
        if (entry->blind)
            return entry->file->path;
    }
    return NULL;
}

bool catalogue_holds(const struct catalogue *catalogue, const char *path)
{
    const struct file_entry *entry = find_file(catalogue, path);
    return entry != NULL && hides(entry->file);
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
    return entry == NULL ? NULL : file_error(entry->file);
}

static unsigned claim_line(const struct claim *claim)
{
    return claim->document == NULL ? 1 : claim->document->place.line;
}

static char *declared_twice(const struct claim *claims)
{
    struct text text = {0};
    text_append(&text, "the name is declared more than once:");
    for (const struct claim *claim = claims; claim != NULL; claim = claim->next)
        text_format(&text, "%s %s:%u", claim == claims ? "" : " and", claim->file->file->path,
            claim_line(claim));
    text_append(&text, "; keep one of them");
    return text_steal(&text);
}

struct standing catalogue_standing(const struct catalogue *catalogue, const char *name)
{
    const struct name_entry *entry = find_name(catalogue, name);
    if (entry == NULL)
        return (struct standing){0};
    const struct claim *claim = entry->first;
    struct standing standing = {.declared = true, .file = claim->file->file->path};
    if (entry->first->next != NULL) {
        standing.doubled = true;
        standing.error = declared_twice(entry->first);
        return standing;
    }
    if (claim->document != NULL)
        standing.declaration = claim->document->declaration;
    if (standing.declaration == NULL) {
        standing.error = claim->document == NULL
                             ? file_error(claim->file->file)
                             : document_errors(claim->file->file, &claim->document->problems);
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
    struct file_entry *entry = NULL;
    struct file_entry *following = NULL;
    HASH_ITER(hh, catalogue->files, entry, following)
    {
        visit(entry->file, data);
    }
}

void catalogue_free(struct catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    struct file_entry *entry = NULL;
    struct file_entry *following = NULL;
    HASH_ITER(hh, catalogue->files, entry, following)
    {
        struct text_list names = {0};
        withdraw(catalogue, entry, &names);
        text_list_deinit(&names);
    }
    free(catalogue);
}
