// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// All declarations of the directory, by file and by name: which name is declared where, whether its
// newest version can be used, and what stands in the way. Files come and go one by one; the
// catalogue keeps names that a broken file no longer shows, for a bad file never removes anything
// (design.md, section 3).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/declaration.h"

struct catalogue;

// How a name stands. Everything is borrowed, valid until the catalogue changes.
struct standing {
    bool declared;                   // some file wants the image
    struct declaration *declaration; // its newest version, when that can be used
    const char *file;                // where it is declared; NULL when it is not
    bool doubled;                    // elsewhere as well
    char *error; // why the newest version cannot be used, with file and place: the caller frees it
};

struct catalogue *catalogue_new(void);            // knows no file
void catalogue_free(struct catalogue *catalogue); // NULL is fine

// Puts a file's newest version in place of the older one. Takes ownership, and may free the file at
// once. The names whose standing
// may have changed are added to `touched`, perhaps more than once.
void catalogue_put(
    struct catalogue *catalogue, struct declaration_file *file, struct text_list *touched);

// The file is gone.
void catalogue_remove(struct catalogue *catalogue, const char *path, struct text_list *touched);

// The file is said to be gone, by somebody who may be wrong: it stays as it was. A newer version of
// it ends the doubt.
void catalogue_doubt(struct catalogue *catalogue, const char *path);
void catalogue_trust(struct catalogue *catalogue, const char *path);
bool catalogue_has_doubts(const struct catalogue *catalogue);
// The doubted files are gone indeed.
void catalogue_remove_doubted(struct catalogue *catalogue, struct text_list *touched);

// What the directory says of the name, good for as long as the catalogue is not changed.
struct standing catalogue_standing(const struct catalogue *catalogue, const char *name);

// Whether the name is declared, or was and may still be, in that file.
bool catalogue_claims(const struct catalogue *catalogue, const char *path, const char *name);

// Whether the file is there, but may declare more than can be read of it: names last seen in it are
// not gone.
bool catalogue_holds(const struct catalogue *catalogue, const char *path);

// What is wrong with the file as a whole, or NULL; the caller frees it.
char *catalogue_file_error(const struct catalogue *catalogue, const char *path);

// A file that cannot be read to its end, and of which nobody knows what it declared before: any
// name may stand in it. Borrowed; NULL: there is none.
const char *catalogue_blind_spot(const struct catalogue *catalogue);

struct catalogue_counts {
    size_t files;
    size_t valid;   // declarations
    size_t invalid; // documents, and files that could not be read
};

struct catalogue_counts catalogue_counts(const struct catalogue *catalogue);

// Calls for each file's newest version, in no particular order.
void catalogue_each(const struct catalogue *catalogue,
    void (*visit)(const struct declaration_file *file, void *data), void *data);
