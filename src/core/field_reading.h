// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the parts of the field reader share: where it is, and how it complains. Nobody else includes
// this.
#pragma once

#include "core/attributes.h"
#include "core/document.h"
#include "core/field.h"
#include "core/problem.h"
#include "core/text.h"

struct reading {
    struct problem_list *problems;
    struct text path; // of what is being read
};

// Go one step down, and back to the length that the step returned.
size_t reading_enter(struct reading *reading, const char *name);
size_t reading_enter_item(struct reading *reading, size_t index);
void reading_leave(struct reading *reading, size_t length);

// A problem of what is being read, by its path, at that place.
void reading_report(struct reading *reading, enum severity severity, struct place place,
    const char *format, ...) PRINTF_LIKE(4, 5);

// "found …; must be …".
void reading_refuse(struct reading *reading, const struct node *node, const char *allowed);

// Whether the text is within the row's bounds and passes its check; reports when not.
bool reading_accept_text(
    struct reading *reading, const struct field *field, const struct node *node);

// Whether the collection's size is within the row's bounds; reports when not.
bool reading_accept_count(
    struct reading *reading, const struct field *field, const struct node *node, const char *what);

// Reads the mapping into the object, member by member, and reports all that is wrong: what is not
// known, missing, given twice, or not as its row wants it.
void reading_read_table(struct reading *reading, const struct field_table *table,
    const struct node *mapping, void *object);

// One kind of field each; the node is not absent. They touch the member only when the value is
// good.
void reading_read_text(struct reading *, const struct field *, const struct node *, void *member);
void reading_read_choice(struct reading *, const struct field *, const struct node *, void *member);
void reading_read_boolean(
    struct reading *, const struct field *, const struct node *, void *member);
void reading_read_integer(
    struct reading *, const struct field *, const struct node *, void *member);
void reading_read_duration(
    struct reading *, const struct field *, const struct node *, void *member);
void reading_read_text_list(
    struct reading *, const struct field *, const struct node *, void *member);
void reading_read_tags(struct reading *, const struct field *, const struct node *, void *member);
