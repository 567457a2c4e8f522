// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The versions of the record's tables, and the way from each to the next. A version that was
// released never changes.
#pragma once

#include <stddef.h>
#include <sqlite3.h>

#include "core/attributes.h"
#include "core/error.h"

// Stands in the file's header, so that file(1) and we know whose it is: "imgd".
#define STORE_SQLITE_APPLICATION 0x696d6764

// One row a version: what makes it out of the one before.
struct schema_step {
    const char *sql;
};

extern const struct schema_step schema_steps[];
extern const size_t schema_step_count;

// Reads whose file this is and which version; changes nothing. Fails for another program's database
// and for a version above `known`.
int schema_check(
    sqlite3 *db, const char *path, size_t known, int *version, struct error *error) CHECK_RESULT;

// Brings the tables from `version` to the last of `steps`, all in one transaction.
int schema_migrate(sqlite3 *db, const char *path, int version, const struct schema_step *steps,
    size_t count, struct error *error) CHECK_RESULT;

// The first column of the first row of a statement, as a number.
int schema_number(
    sqlite3 *db, const char *path, const char *sql, int *number, struct error *error) CHECK_RESULT;
