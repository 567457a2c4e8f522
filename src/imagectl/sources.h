// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Declarations' files as named on a command line, read: files, directories as the daemon reads
// them, and standard input.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/declaration.h"

struct source_file {
    char *path;  // as messages name it
    char *bytes; // the content, NUL-terminated; NULL: it could not be read
    size_t length;
    struct declaration_file *file; // with one problem when it could not be read
};

struct sources {
    struct source_file *items;
    size_t count;
    size_t capacity;
    struct declaration_file **files; // those of the items, borrowed
    bool unreadable;                 // at least one
};

// Reads all, in the order of the paths; those of a directory by name. A directory within a
// directory is not entered; of the files there only those that the daemon would read count. `-` is
// standard input. Never fails: what could not be read has a problem that says so.
void sources_read(struct sources *sources, char *const *paths, size_t count);
void sources_deinit(struct sources *sources);
