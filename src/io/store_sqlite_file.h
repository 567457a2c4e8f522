// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The database file: making it whole or not at all, refusing what is not ours or not sound, keeping
// others out.
#pragma once

#include <stdbool.h>
#include <sqlite3.h>

#include "core/attributes.h"
#include "core/error.h"

struct store_sqlite_file {
    sqlite3 *db;
    bool fresh;   // made just now
    bool unclean; // the last one to use it did not close it
};

// Opens or makes `path`, ready for use at the newest version of its tables. On failure nothing is
// left open.
int store_sqlite_file_open(
    const char *path, struct store_sqlite_file *file, struct error *error) CHECK_RESULT;

// Brings the log into the file and closes. Prepared statements must be gone.
void store_sqlite_file_close(struct store_sqlite_file *file);
