// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tables, version by version. What goes into them is the business of store_sqlite_rows.
#include "config.h"

#include <stdio.h>

#include "io/store_sqlite_error.h"
#include "io/store_sqlite_schema.h"

static const char version_1[] = "CREATE TABLE image ("
                                " name TEXT PRIMARY KEY NOT NULL,"
                                " file TEXT,"
                                " declaration TEXT,"
                                " removed INTEGER NOT NULL,"
                                " removed_wall_ms INTEGER NOT NULL,"
                                " image_id TEXT,"
                                " cloud_name TEXT,"
                                " source_id TEXT,"
                                " made_from TEXT,"
                                " applied TEXT,"
                                " owned INTEGER NOT NULL,"
                                " made_wall_ms INTEGER NOT NULL,"
                                " deleted_id TEXT,"
                                " previous TEXT,"
                                " snapshots TEXT,"
                                " spared TEXT,"
                                " state TEXT NOT NULL,"
                                " reason TEXT NOT NULL,"
                                " message TEXT,"
                                " since_wall_ms INTEGER NOT NULL,"
                                " attempts INTEGER NOT NULL,"
                                " failed_builds INTEGER NOT NULL,"
                                " next_attempt_wall_ms INTEGER NOT NULL,"
                                " intent TEXT NOT NULL,"
                                " intent_wall_ms INTEGER NOT NULL,"
                                " lost_wall_ms INTEGER NOT NULL,"
                                " repairs INTEGER NOT NULL,"
                                " repaired TEXT,"
                                " suspended INTEGER NOT NULL,"
                                " approved INTEGER NOT NULL"
                                ") STRICT;"
                                "CREATE TABLE history ("
                                " id INTEGER PRIMARY KEY AUTOINCREMENT,"
                                " wall_ms INTEGER NOT NULL,"
                                " name TEXT NOT NULL,"
                                " state TEXT NOT NULL,"
                                " reason TEXT NOT NULL,"
                                " message TEXT NOT NULL,"
                                " image_id TEXT"
                                ") STRICT;"
                                "CREATE INDEX history_by_name ON history (name, id);"
                                "CREATE INDEX history_by_time ON history (wall_ms);"
                                "CREATE TABLE setting ("
                                " key TEXT PRIMARY KEY NOT NULL,"
                                " value TEXT NOT NULL"
                                ") STRICT, WITHOUT ROWID;";

const struct schema_step schema_steps[] = {
    {version_1},
};
const size_t schema_step_count = sizeof(schema_steps) / sizeof(schema_steps[0]);

int schema_number(sqlite3 *db, const char *path, const char *sql, int *number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    if (result != SQLITE_ROW)
        store_sqlite_error(error, db, result, "reading", path);
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? 0 : -1;
}

int schema_check(sqlite3 *db, const char *path, size_t known, int *version, struct error *error)
{
    int application = 0;
    int tables = 0;
    if (schema_number(db, path, "PRAGMA application_id", &application, error) != 0 ||
        schema_number(db, path, "PRAGMA user_version", version, error) != 0 ||
        schema_number(db, path, "SELECT count(*) FROM sqlite_schema", &tables, error) != 0)
        return -1;
    if (application != STORE_SQLITE_APPLICATION)
        return store_sqlite_damaged(error, path, "it is a database, but not of imaged");
    if (*version < 1 || tables == 0)
        return store_sqlite_damaged(error, path, "it has no tables");
    if ((size_t)*version > known)
        return error_set(error, ERROR_REFUSED,
            "the record %s was written by a newer imaged (version %d of its tables, this one "
            "knows up to %zu) and is left as it is: install that imaged again, or restore the "
            "record from before the upgrade",
            path, *version, known);
    return 0;
}

static int execute(sqlite3 *db, const char *path, const char *sql, struct error *error)
{
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? 0 : store_sqlite_error(error, db, result, "upgrading", path);
}

int schema_migrate(sqlite3 *db, const char *path, int version, const struct schema_step *steps,
    size_t count, struct error *error)
{
    if ((size_t)version >= count)
        return 0;
    char stamp[128];
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %zu;",
        STORE_SQLITE_APPLICATION, count);
    int result = execute(db, path, "BEGIN IMMEDIATE", error);
    for (size_t i = (size_t)version; result == 0 && i < count; i++)
        result = execute(db, path, steps[i].sql, error);
    if (result == 0)
        result = execute(db, path, stamp, error);
    if (result == 0)
        result = execute(db, path, "COMMIT", error);
    if (result != 0 && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}
