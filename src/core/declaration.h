// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A declaration: one YAML document that says what one image shall be. Reading is pure: bytes in,
// declarations and problems out. A declaration does not change once read; it is shared by counting
// references.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/field.h"
#include "core/image.h"
#include "core/image_fields.h"
#include "core/problem.h"

enum on_remove { ON_REMOVE_DEFAULT = 0, ON_REMOVE_DELETE, ON_REMOVE_KEEP };
enum on_change { ON_CHANGE_DEFAULT = 0, ON_CHANGE_RECREATE, ON_CHANGE_KEEP };
enum on_drift { ON_DRIFT_DEFAULT = 0, ON_DRIFT_REPAIR, ON_DRIFT_REPORT };
enum adopt { ADOPT_DEFAULT = 0, ADOPT_NEVER, ADOPT_IF_EQUAL, ADOPT_ALWAYS };
enum tags_policy { TAGS_POLICY_DEFAULT = 0, TAGS_POLICY_MERGE, TAGS_POLICY_EXACT };

// imaged's own settings of one image (design.md, section 6). As text where the file says so; the
// enum getters below decide.
struct lifecycle {
    bool present;
    char *on_remove;   // delete, keep
    char *on_change;   // recreate, keep
    char *on_drift;    // repair, report
    char *adopt;       // never, if_equal, always
    char *tags_policy; // merge, exact
    enum boolean protect;
    enum boolean delete_snapshots;
    enum boolean suspend;
    struct integer timeout_ms;
    struct integer max_attempts;
    struct integer keep_previous;
};

// What a declaration says.
struct declared {
    struct image image; // the image asked for; image.name may contain {digest}. First: image_table
                        // is the base of declaration_table
    struct lifecycle lifecycle;
};

struct declaration {
    char *name;             // declared: the identity, before {digest}; stands in `packed`
    const char *file;       // shared (core/shared_text.h): as given to the reader
    struct declared *draft; // what was read, until it is complete
    struct packed *packed;  // then: what declaration_open opens
    const char *canonical;  // shared: the whole as JSON in YAML's vocabulary, keys in the table's
                            // order: the declaration's durable form
    unsigned char *places;  // where each field stood, for errors that the API reports later; NULL:
                            // not known (core/declaration_places.h)
    struct place place;     // where the document's first key stands
    unsigned references;
    enum source source;
    char digest[9]; // eight hex digits over the fields that force replacement, and NUL
};

// One document of a file. A bad document has problems and no declaration, and its name only when
// that is beyond doubt: whoever holds on to what the file declared before must not take a misspelt
// name for another image.
struct document_result {
    char *name;
    bool unnamed; // while reading: gives no name: its name, if any, is the file's
    struct declaration *declaration;
    struct problem_list problems; // warnings also where the declaration is good
    struct place place;           // of its name, or else of its beginning
};

// One file, read.
struct declaration_file {
    const char *path; // shared
    struct document_result *documents;
    size_t count;
    size_t capacity;
    struct problem_list problems; // of the file as a whole: not YAML, not UTF-8, too large, empty
    bool broken; // the file could not be read to its end: more declarations may stand in it
};

#define DECLARATION_FILE_LIMIT_BYTES (1024 * 1024) // as document.h's

// Reads a file's bytes. `path` is for messages and for the default name (its stem, in a file of one
// document). Never fails: what is wrong is in the result. The caller frees it with
// declaration_file_free.
struct declaration_file *declaration_file_read(const char *path, const char *bytes, size_t length);

// A file that could not be read at all: one problem, broken.
struct declaration_file *declaration_file_unreadable(const char *path, const char *why);
void declaration_file_free(struct declaration_file *file);

// A declaration from its canonical form, as the record keeps it; NULL when that is damaged. `file`
// is where it came from.
struct declaration *declaration_from_canonical(const char *canonical, const char *file);

// The name that the image has in the cloud: the declared one with {digest} put in. The caller frees
// it.
char *declaration_cloud_name(const struct declaration *declaration);

// Where a field stands; the nearest enclosing one that is known.
struct place declaration_place(const struct declaration *declaration, const char *path);

// What the declaration says; all that it points to is the declaration's. It costs little: to be
// called where it is needed rather than kept.
struct declared declaration_open(const struct declaration *declaration);
// The same, for those who hand its parts on.
void declaration_open_into(const struct declaration *declaration, struct declared *declared);

struct declaration *declaration_ref(struct declaration *declaration);
void declaration_unref(struct declaration *declaration); // NULL is fine

extern const struct field_table
    image_table; // of struct image: what a declaration may say and what the cloud shows
extern const struct field_table lifecycle_table; // of struct lifecycle
