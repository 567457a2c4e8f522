// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is wrong with a file, where, and what would be right: collected, so that a person sees all
// of it at once.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"

struct text;

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct place {
    unsigned line;   // from 1; 0: unknown
    unsigned column; // from 1, in characters
};

struct problem {
    enum severity severity;
    struct place place;
    char *path; // of the field, as `block_device_mappings[0].bsu.iops`; "" for the whole document
    char *message; // what was found, what is allowed, the nearest known name
};

#define PROBLEM_LIMIT 200

struct problem_list {
    struct problem *items;
    size_t count;
    size_t capacity;
};

// Control characters in the path are shown as `?`, and a path of more than 200 bytes is cut: it may
// contain keys of anybody's making. Of more than PROBLEM_LIMIT problems, the last one kept says
// only that there are more; it is an error if one of them is.
void problem_add(struct problem_list *list, enum severity severity, struct place place,
    const char *path, const char *format, ...) PRINTF_LIKE(5, 6);

// Whether further problems would only be counted as more.
bool problem_list_is_full(const struct problem_list *list);

bool problem_list_has_errors(const struct problem_list *list);

// By place, then in the order of finding.
void problem_list_sort(struct problem_list *list);

// Moves all of `from` to the end of `to`.
void problem_list_move(struct problem_list *to, struct problem_list *from);
void problem_list_deinit(struct problem_list *list);

// "file:line:column: error: path: message"
void problem_format(const struct problem *problem, const char *file, struct text *out);
