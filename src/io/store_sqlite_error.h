// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// SQLite's result codes as errors that say what can be done.
#pragma once

#include <sqlite3.h>

#include "core/attributes.h"
#include "core/error.h"

// Sets the error for a failed call: "doing PATH: why". Returns -1. `db` may be NULL.
int store_sqlite_error(
    struct error *error, sqlite3 *db, int result, const char *doing, const char *path);

// The error of a file that cannot be understood, with what to do about it. `why` is one clause.
// Returns -1.
int store_sqlite_damaged(struct error *error, const char *path, const char *why);
