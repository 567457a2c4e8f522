// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How the file is opened. Nothing is written to a file before it is known to be ours, sound, and of
// a version we know.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/store_sqlite_error.h"
#include "io/store_sqlite_file.h"
#include "io/store_sqlite_schema.h"

// How long another process may hold the file while we open it: somebody's glance with sqlite3(1),
// not a daemon.
#define BUSY_TIMEOUT_MS 500

// Where SQLite takes its locks in the file, whatever the page size.
#define LOCK_FIRST_BYTE 0x40000000
#define LOCK_BYTES      512

// The log is written back once it has this many pages of 4 KiB, and is cut back to a mebibyte.
static const char preparation[] = "PRAGMA journal_mode = WAL;"
                                  "PRAGMA synchronous = FULL;"
                                  "PRAGMA wal_autocheckpoint = 256;"
                                  "PRAGMA journal_size_limit = 1048576;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "BEGIN EXCLUSIVE;"
                                  "COMMIT;";

static enum error_code code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERROR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
        return ERROR_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERROR_REFUSED;
    default:
        return ERROR_SYSTEM;
    }
}

// A rename or link is durable once its directory is.
static int sync_directory(const char *path, struct error *error)
{
    CLEANUP(memory_free_text) char *directory = memory_text(path);
    char *slash = strrchr(directory, '/');
    *(slash == directory ? slash + 1 : slash) = '\0';
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = descriptor < 0 ? -1 : fsync(descriptor);
    if (result != 0)
        result = error_set_errno(
            error, code_of_errno(errno), errno, "syncing the directory of the record %s", path);
    if (descriptor >= 0)
        close(descriptor);
    return result;
}

static int make_tables(const char *draft, const char *path, struct error *error)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(draft, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(db, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
    int outcome = result == SQLITE_OK
                      ? schema_migrate(db, path, 0, schema_steps, schema_step_count, error)
                      : store_sqlite_error(error, db, result, "making", path);
    sqlite3_close(db);
    return outcome;
}

// The file gets its name when it is complete, and only where nothing has that name: a crash
// half-way or a second daemon leaves no half file behind that could be taken for a damaged record,
// and an empty file is always a damaged one.
static int make_file(const char *path, struct error *error)
{
    CLEANUP(memory_free_text) char *draft = memory_format("%s.XXXXXX", path);
    int descriptor = mkostemp(draft, O_CLOEXEC);
    if (descriptor < 0) {
        int number = errno;
        error_set_errno(error, code_of_errno(number), number, "making the record %s", path);
        if (number == ENOENT)
            return error_set(error, ERROR_NOT_FOUND,
                "making the record %s: its directory does not exist; make it, or let systemd do "
                "that with StateDirectory=",
                path);
        return -1;
    }
    close(descriptor);
    int result = make_tables(draft, path, error);
    if (result == 0 && link(draft, path) != 0 && errno != EEXIST &&
        (errno != EPERM || rename(draft, path) != 0))
        result = error_set_errno(error, code_of_errno(errno), errno, "making the record %s", path);
    unlink(draft);
    return result == 0 ? sync_directory(path, error) : -1;
}

// Whether a file exists and has content.
static bool has_content(const char *path, const char *suffix)
{
    CLEANUP(memory_free_text) char *full = memory_format("%s%s", path, suffix);
    struct stat status;
    return stat(full, &status) == 0 && status.st_size > 0;
}

static int find_or_make(const char *path, struct store_sqlite_file *file, struct error *error)
{
    struct stat status;
    file->unclean = has_content(path, "-wal") || has_content(path, "-journal");
    if (stat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode))
            return error_set(error, ERROR_INVALID, "the record %s is not a regular file", path);
        if (status.st_size == 0)
            return store_sqlite_damaged(error, path, "it is empty");
        return 0;
    }
    if (errno != ENOENT)
        return error_set_errno(
            error, code_of_errno(errno), errno, "looking for the record %s", path);
    if (file->unclean)
        return store_sqlite_damaged(error, path, "it is missing, although its -wal file is there");
    file->fresh = true;
    return make_file(path, error);
}

// Who holds SQLite's locks on the file, as " (NAME, process 123)", or "". Only for a file that this
// process does not use: closing a descriptor drops all of a process's locks on its file.
static void name_holder(const char *path, char *name, size_t size)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_FIRST_BYTE, .l_len = LOCK_BYTES};
    name[0] = '\0';
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    bool known = descriptor >= 0 && fcntl(descriptor, F_GETLK, &lock) == 0 &&
                 lock.l_type != F_UNLCK && lock.l_pid > 0;
    if (descriptor >= 0)
        close(descriptor);
    if (!known)
        return;
    char entry[64];
    char command[32] = "";
    snprintf(entry, sizeof(entry), "/proc/%ld/comm", (long)lock.l_pid);
    FILE *stream = fopen(entry, "re");
    if (stream != NULL && fgets(command, sizeof(command), stream) != NULL)
        command[strcspn(command, "\n")] = '\0';
    if (stream != NULL)
        fclose(stream);
    snprintf(name, size, " (%s%sprocess %ld)", command, command[0] == '\0' ? "" : ", ",
        (long)lock.l_pid);
}

static int refuse_second(const char *path, struct error *error)
{
    char holder[96];
    name_holder(path, holder, sizeof(holder));
    return error_set(error, ERROR_BUSY,
        "another imaged uses the record %s%s: stop it, or give this one a state.path of its own",
        path, holder);
}

static int check_sound(sqlite3 *db, const char *path, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    int outcome = 0;
    if (result != SQLITE_ROW)
        outcome = store_sqlite_error(error, db, result, "checking", path);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        outcome = store_sqlite_damaged(
            error, path, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return outcome;
}

static int execute(sqlite3 *db, const char *path, const char *sql, struct error *error)
{
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? 0 : store_sqlite_error(error, db, result, "opening", path);
}

static int take_over(struct store_sqlite_file *file, const char *path, struct error *error)
{
    sqlite3 *db = file->db;
    int version = 0;
    // Until the version is known, closing must not even write the log back.
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    if (execute(db, path, "PRAGMA locking_mode = EXCLUSIVE", error) != 0 ||
        schema_check(db, path, schema_step_count, &version, error) != 0)
        return -1;
    if (sqlite3_db_readonly(db, "main") != 0)
        return error_set(error, ERROR_REFUSED, "the record %s is not writable", path);
    if (file->unclean && check_sound(db, path, error) != 0)
        return -1;
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    if (execute(db, path, preparation, error) != 0)
        return -1;
    return schema_migrate(db, path, version, schema_steps, schema_step_count, error);
}

int store_sqlite_file_open(const char *path, struct store_sqlite_file *file, struct error *error)
{
    *file = (struct store_sqlite_file){0};
    if (path[0] == '\0')
        return error_set(error, ERROR_INVALID, "the record's path is empty");
    // SQLite gives "file:…" and ":memory:" a meaning of their own, which no path with a slash has.
    CLEANUP(memory_free_text)
    char *plain = path[0] == '/' ? memory_text(path) : memory_format("./%s", path);
    if (find_or_make(plain, file, error) != 0)
        return -1;
    struct error found = {0};
    int result = sqlite3_open_v2(
        plain, &file->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int outcome = result == SQLITE_OK
                      ? take_over(file, plain, &found)
                      : store_sqlite_error(&found, file->db, result, "opening", plain);
    if (outcome == 0)
        return 0;
    sqlite3_close(file->db);
    file->db = NULL;
    if (error != NULL)
        *error = found;
    return found.code == ERROR_BUSY ? refuse_second(plain, error) : -1;
}

void store_sqlite_file_close(struct store_sqlite_file *file)
{
    sqlite3_close(file->db);
    file->db = NULL;
}
