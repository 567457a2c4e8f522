// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The declarations' directory, and the watch that tells the daemon of it, as src/io/directory does:
// a scan some time after a change, and what is new, other or gone since the last one.
#pragma once

#include "core/declaration.h"
#include "simulation/world.h"

struct file {
    char *path;
    char *text;             // NULL: it is not there
    uint64_t version;       // of the text
    uint64_t told;          // the version that the daemon was told of; 0: none
    struct text_list names; // declared in the versions told since it was there, as far as they may
                            // still be meant
};

struct files {
    struct file *items;
    size_t count;
    size_t capacity;
    uint64_t last_version;
    bool missing;      // the directory is not there
    bool told_missing; // and that is what the daemon was told last
    bool scan_booked;
    uint64_t watch; // which of the watches is at work
};

struct files *files_new(void);
void files_free(struct files *files);

void files_put(struct world *world, const char *path, const char *text);
void files_remove(struct world *world, const char *path);
// The directory goes, or comes back with what is in it.
void files_set_missing(struct world *world, bool missing);

const char *files_text(const struct world *world, const char *path); // NULL: not there
size_t files_present(const struct world *world);

// A new daemon: all is told anew, soon.
void files_restart_watch(struct world *world);
