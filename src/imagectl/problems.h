// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is wrong with declarations' files, as people read it: a line for each problem, and the line
// of the file under it. Prints nothing itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct problem_list;
struct source_file;
struct sources;
struct terminal;
struct text;

struct problem_counts {
    size_t declarations; // good ones
    size_t errors;
    size_t warnings;
};

struct problem_counts problems_count(const struct sources *sources);

// Appends all, file by file; `quiet`: errors only.
void problems_write(
    const struct sources *sources, bool quiet, const struct terminal *terminal, struct text *out);

// Calls for each list of problems of a file: its own, then its documents'.
void problems_each(const struct source_file *source,
    void (*visit)(const struct source_file *source, const struct problem_list *list, void *data),
    void *data);
