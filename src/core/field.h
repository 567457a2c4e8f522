// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How a struct is described: one row a member. The YAML reader, the validator, the JSON writer and
// reader, the diff, the copier, `explain`, the JSON Schema and the manual pages walk such tables,
// for images, lifecycle settings and the daemon's configuration alike. Adding a field is adding a
// row.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image.h"

struct node;
struct problem_list;

// The member's C type is in brackets.
enum field_type {
    FIELD_TEXT,      // [char *] the scalar's text as written
    FIELD_CHOICE,    // [char *] one of `choices`
    FIELD_BOOLEAN,   // [enum boolean]
    FIELD_INTEGER,   // [struct integer]
    FIELD_DURATION,  // [struct integer] milliseconds, written with a unit: ms s m h d
    FIELD_TEXT_LIST, // [struct text_list]
    FIELD_TAGS,      // [struct tag_list] a mapping, or a list of {key, value}
    FIELD_SELECTOR,  // [struct selector] an id, or a mapping that finds it
    FIELD_GROUP,     // [a struct that begins with `bool present`] a mapping described by `children`
    FIELD_GROUP_LIST, // [a struct that begins like `struct list`] a list of mappings described by
                      // `children`
    FIELD_WORD,       // [bool] set when its name stands, as a scalar, in place of the mapping that
                      // it is a row of
};

// What a difference between declaration and cloud leads to.
enum field_change {
    CHANGE_LOCAL,    // imaged's own setting, never sent
    CHANGE_IN_PLACE, // repaired on the live image
    CHANGE_REPLACES, // means a new image
    CHANGE_OBSERVED, // told by the cloud, not declared
};

// When a declared value and a live one count as equal. A field that is not declared is never a
// difference.
enum field_equality {
    EQUALITY_EXACT,
    EQUALITY_SUPERSET,   // the live list may have more
    EQUALITY_BY_KEY,     // lists of groups matched by their first field, in any order
    EQUALITY_UNCOMPARED, // the cloud does not show it
};

enum field_wire { WIRE_NONE = 0, WIRE_CREATE = 1, WIRE_ANSWER = 2 };

struct field {
    const char *name; // in YAML
    const char *json; // on the wire; NULL when it never goes there
    enum field_type type;
    size_t offset;
    enum field_change change;
    enum field_equality equality;
    unsigned wire;    // of enum field_wire
    unsigned sources; // of enum source: where it may be given; 0: everywhere
    bool required;
    int64_t minimum;            // of an integer, of a text's length in bytes, of a list's count
    int64_t maximum;            // 0: none
    const char *const *choices; // NULL-terminated
    // NULL-terminated pairs: a text that is taken for a choice too, with a warning; that choice.
    const char *const *synonyms;
    // NULL when the text is well-formed, else what is allowed, as the end of a sentence ("must be
    // …"). Of a selector it judges the id, of a text list each item, of tags each key.
    const char *(*check)(const char *text);
    // The same for editors, as a regular expression (ECMA 262): it lets everything pass that the
    // check does. NULL: none.
    const char *pattern;
    const struct field_table *children; // of groups and selectors
    const char *server_default; // what the API takes when the field is absent, as text; NULL:
                                // nothing, or unknown
    const char *help;           // one sentence
    const char *example;        // as YAML
};

struct field_table {
    const char *name;
    const struct field *fields;
    size_t count;
    size_t size; // of the struct described
    // Its fields stand in the same mapping, before those of this table, and its struct at the start
    // of this one; or NULL.
    const struct field_table *base;
    // Rules across fields, or NULL; reports into the list. `node` is the mapping read.
    void (*check)(const void *object, const struct node *node, const char *path,
        struct problem_list *problems);
};

// The member of an object.
static inline void *field_member(const struct field *field, void *object)
{
    return (char *)object + field->offset;
}

static inline const void *field_member_const(const struct field *field, const void *object)
{
    return (const char *)object + field->offset;
}

// Whether the member holds anything.
bool field_present(const struct field *field, const void *object);

// The row of that YAML name, in the table or its bases, or NULL.
const struct field *field_table_find(const struct field_table *table, const char *name);

// Frees, and copies, all members of an object by its table; the copy's memory must be zeroed or
// uninitialised.
void field_table_deinit(const struct field_table *table, void *object);
void field_table_copy(const struct field_table *table, void *to, const void *from);

// The rows of a table and its bases in order: the row at `index`, or NULL past the end.
const struct field *field_table_at(const struct field_table *table, size_t index);

// Any of the list members, read and written without knowing its elements' type.
struct list field_list_load(const void *member);
void field_list_store(void *member, struct list list);
