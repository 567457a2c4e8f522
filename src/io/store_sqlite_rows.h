// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The statements on the record's tables. Every function blocks and may run on any thread, one at a
// time.
#pragma once

#include <stddef.h>
#include <sqlite3.h>

#include "core/attributes.h"
#include "core/error.h"
#include "io/store.h"

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_RECORD,
    STATEMENT_FORGET,
    STATEMENT_HISTORY,
    STATEMENT_PRUNE_ROWS,
    STATEMENT_PRUNE_DAYS,
    STATEMENT_SET,
    STATEMENT_UNSET,
    STATEMENT_LOAD,
    STATEMENT_SETTINGS,
    STATEMENT_HISTORY_OF_ONE,
    STATEMENT_HISTORY_OF_ALL,
    STATEMENT_COUNT,
};

// Embedded; borrows the database and the path.
struct store_sqlite_rows {
    sqlite3 *db;
    const char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT];
};

// Prepares the statements, for a database that has the present schema. After a failure there is
// nothing to deinit.
int store_sqlite_rows_init(struct store_sqlite_rows *rows, sqlite3 *db, const char *path,
    struct error *error) CHECK_RESULT;
void store_sqlite_rows_deinit(struct store_sqlite_rows *rows);

// A transaction. A failed write or commit has to be followed by rollback.
int store_sqlite_rows_begin(struct store_sqlite_rows *rows, struct error *error) CHECK_RESULT;
int store_sqlite_rows_write(struct store_sqlite_rows *rows, const struct store_batch *batch,
    struct error *error) CHECK_RESULT;
int store_sqlite_rows_commit(struct store_sqlite_rows *rows, struct error *error) CHECK_RESULT;
void store_sqlite_rows_rollback(struct store_sqlite_rows *rows);

// Reading; the lists are added to, also before a failure.
int store_sqlite_rows_load(struct store_sqlite_rows *rows, struct record_list *records,
    struct tag_list *settings, struct error *error) CHECK_RESULT;
int store_sqlite_rows_history(struct store_sqlite_rows *rows, const char *name, size_t limit,
    struct history_list *history, struct error *error) CHECK_RESULT;
