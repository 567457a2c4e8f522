// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of SQLite's results. It makes no decision on them.
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "io/store_sqlite_error.h"

static const struct result_row {
    int result;
    enum error_code code;
    const char *advice;
} result_rows[] = {
    {SQLITE_BUSY, ERROR_BUSY, "another process uses it"},
    {SQLITE_LOCKED, ERROR_BUSY, "another process uses it"},
    {SQLITE_FULL, ERROR_FULL, "make room there; it goes on by itself"},
    {SQLITE_IOERR, ERROR_SYSTEM, "see what the kernel's log says of this disk"},
    {SQLITE_READONLY, ERROR_REFUSED, "the file and its directory must be writable"},
    {SQLITE_PERM, ERROR_REFUSED, "the file and its directory must be writable"},
    {SQLITE_AUTH, ERROR_REFUSED, "the file and its directory must be writable"},
    {SQLITE_CANTOPEN, ERROR_SYSTEM, "the file and its directory must be readable and writable"},
};

static const struct result_row *row_of(int result)
{
    for (size_t i = 0; i < sizeof(result_rows) / sizeof(result_rows[0]); i++)
        if (result_rows[i].result == (result & 0xff))
            return &result_rows[i];
    return NULL;
}

// Of the file or the log, whichever says. A failed commit leaves no number in the connection.
static int errno_of_files(sqlite3 *db)
{
    static const int which[] = {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER};
    for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
        sqlite3_file *file = NULL;
        int number = 0;
        if (sqlite3_file_control(db, "main", which[i], &file) == SQLITE_OK && file != NULL &&
            file->pMethods != NULL &&
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK &&
            number != 0)
            return number;
    }
    return 0;
}

static int errno_of(sqlite3 *db, int result)
{
    int primary = result & 0xff;
    if (db == NULL || (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN))
        return 0;
    int number = sqlite3_system_errno(db);
    return number == 0 ? errno_of_files(db) : number;
}

// SQLite calls a quota that is used up, or a limit on a file's size, an I/O error.
static bool is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

int store_sqlite_error(
    struct error *error, sqlite3 *db, int result, const char *doing, const char *path)
{
    int primary = result & 0xff;
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
        return store_sqlite_damaged(error, path, sqlite3_errstr(result));
    int system = errno_of(db, result);
    const struct result_row *row = row_of(is_full(system) ? SQLITE_FULL : result);
    const char *why = db == NULL ? sqlite3_errstr(result) : sqlite3_errmsg(db);
    return error_set(error, row == NULL ? ERROR_SYSTEM : row->code, "%s %s: %s%s%s%s%s", doing,
        path, why, system == 0 ? "" : ": ", system == 0 ? "" : strerror(system),
        row == NULL ? "" : "; ", row == NULL ? "" : row->advice);
}

int store_sqlite_damaged(struct error *error, const char *path, const char *why)
{
    return error_set(error, ERROR_CORRUPT,
        "the record %s cannot be used: %s; it is left as it is. Restore it, or move it and its "
        "-wal file aside and start again: images with ownership tags are found again, their "
        "history and what was under way are lost",
        path, why);
}
