// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The prepared statements, and what is bound to and read from them. Columns of records come from
// the table of members.
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "io/store_batch.h"
#include "io/store_members.h"
#include "io/store_sqlite_error.h"
#include "io/store_sqlite_rows.h"

#define STRINGIFY(number) #number
#define NUMBER(number)    STRINGIFY(number)

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

// NULL: composed from the table of members.
static const char *const statement_texts[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_RECORD] = NULL,
    [STATEMENT_FORGET] = "DELETE FROM image WHERE name = ?1",
    [STATEMENT_HISTORY] = "INSERT INTO history (wall_ms, name, state, reason, message, image_id)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_PRUNE_ROWS] = "DELETE FROM history WHERE name = ?1 AND id <= (SELECT id FROM history"
                             " WHERE name = ?1 ORDER BY id DESC LIMIT 1 OFFSET " NUMBER(
                                 STORE_HISTORY_ROWS) ")",
    [STATEMENT_PRUNE_DAYS] = "DELETE FROM history WHERE wall_ms < ?1",
    [STATEMENT_SET] = "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)",
    [STATEMENT_UNSET] = "DELETE FROM setting WHERE key = ?1",
    [STATEMENT_LOAD] = NULL,
    [STATEMENT_SETTINGS] = "SELECT key, value FROM setting ORDER BY key",
    [STATEMENT_HISTORY_OF_ONE] = "SELECT wall_ms, name, state, reason, message, image_id"
                                 " FROM history WHERE name = ?2 ORDER BY id DESC LIMIT ?1",
    [STATEMENT_HISTORY_OF_ALL] = "SELECT wall_ms, name, state, reason, message, image_id"
                                 " FROM history ORDER BY id DESC LIMIT ?1",
};

static void compose(enum statement which, struct text *out)
{
    bool reading = which == STATEMENT_LOAD;
    text_append(out, reading ? "SELECT " : "INSERT OR REPLACE INTO image (");
    for (const struct store_member *member = store_members; member->name != NULL; member++)
        text_format(out, "%s%s", member == store_members ? "" : ", ", member->name);
    text_append(out, reading ? " FROM image ORDER BY name" : ") VALUES (");
    for (const struct store_member *member = store_members; !reading && member->name != NULL;
         member++)
        text_append(out, member == store_members ? "?" : ", ?");
    text_append(out, reading ? "" : ")");
}

int store_sqlite_rows_init(
    struct store_sqlite_rows *rows, sqlite3 *db, const char *path, struct error *error)
{
    *rows = (struct store_sqlite_rows){.db = db, .path = path};
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        CLEANUP(text_deinit) struct text composed = {0};
        if (statement_texts[i] == NULL)
            compose((enum statement)i, &composed);
        const char *text = statement_texts[i] == NULL ? text_string(&composed) : statement_texts[i];
        int result = sqlite3_prepare_v3(
            db, text, -1, SQLITE_PREPARE_PERSISTENT, &rows->statements[i], NULL);
        if (result != SQLITE_OK) {
            store_sqlite_error(error, db, result, "opening the tables of", path);
            store_sqlite_rows_deinit(rows);
            return -1;
        }
    }
    return 0;
}

void store_sqlite_rows_deinit(struct store_sqlite_rows *rows)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(rows->statements[i]);
        rows->statements[i] = NULL;
    }
}

// Texts are bound by reference: they must live until the statement ran.
static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (text == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text64(statement, index, text, strlen(text), SQLITE_STATIC, SQLITE_UTF8);
}

// Runs a statement that gives no rows, and readies it for the next time.
static int run(struct store_sqlite_rows *rows, enum statement which, struct error *error)
{
    sqlite3_stmt *statement = rows->statements[which];
    int result = sqlite3_step(statement);
    int outcome = result == SQLITE_DONE
                      ? 0
                      : store_sqlite_error(error, rows->db, result, "writing", rows->path);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return outcome;
}

static int write_record(
    struct store_sqlite_rows *rows, const struct record *record, struct error *error)
{
    sqlite3_stmt *statement = rows->statements[STATEMENT_RECORD];
    for (int i = 0; store_members[i].name != NULL; i++) {
        CLEANUP(store_value_deinit) struct store_value value = {0};
        if (store_member_get(record, &store_members[i], &value, error) != 0) {
            sqlite3_clear_bindings(statement);
            return error_prefix(error, "storing image '%s'", record->name);
        }
        if (value.kind == STORE_VALUE_INTEGER)
            sqlite3_bind_int64(statement, i + 1, value.integer);
        else if (value.owned != NULL)
            sqlite3_bind_text(statement, i + 1, value.owned, -1, SQLITE_TRANSIENT);
        else
            bind_text(statement, i + 1, value.text);
    }
    return run(rows, STATEMENT_RECORD, error);
}

static int write_history(
    struct store_sqlite_rows *rows, const struct history_row *row, struct error *error)
{
    sqlite3_stmt *statement = rows->statements[STATEMENT_HISTORY];
    sqlite3_bind_int64(statement, 1, row->wall_ms);
    bind_text(statement, 2, row->name);
    bind_text(statement, 3, state_name(row->state));
    bind_text(statement, 4, reason_name(row->reason));
    bind_text(statement, 5, row->message == NULL ? "" : row->message);
    bind_text(statement, 6, row->image_id);
    if (run(rows, STATEMENT_HISTORY, error) != 0)
        return -1;
    bind_text(rows->statements[STATEMENT_PRUNE_ROWS], 1, row->name);
    return run(rows, STATEMENT_PRUNE_ROWS, error);
}

static int write_setting(
    struct store_sqlite_rows *rows, const struct store_change *change, struct error *error)
{
    enum statement which = change->value == NULL ? STATEMENT_UNSET : STATEMENT_SET;
    bind_text(rows->statements[which], 1, change->key);
    if (change->value != NULL)
        bind_text(rows->statements[which], 2, change->value);
    return run(rows, which, error);
}

static int write_change(
    struct store_sqlite_rows *rows, const struct store_change *change, struct error *error)
{
    switch (change->kind) {
    case STORE_RECORD:
        return write_record(rows, change->record, error);
    case STORE_HISTORY:
        return write_history(rows, change->row, error);
    case STORE_SETTING:
        return write_setting(rows, change, error);
    case STORE_FORGET:
        bind_text(rows->statements[STATEMENT_FORGET], 1, change->key);
        return run(rows, STATEMENT_FORGET, error);
    }
    return 0;
}

int store_sqlite_rows_begin(struct store_sqlite_rows *rows, struct error *error)
{
    return run(rows, STATEMENT_BEGIN, error);
}

int store_sqlite_rows_write(
    struct store_sqlite_rows *rows, const struct store_batch *batch, struct error *error)
{
    int64_t newest_ms = 0;
    const struct store_change *change;
    DL_FOREACH(batch->changes, change) {
        if (write_change(rows, change, error) != 0)
            return -1;
        if (change->kind == STORE_HISTORY && change->row->wall_ms > newest_ms)
            newest_ms = change->row->wall_ms;
    }
    if (newest_ms == 0)
        return 0;
    sqlite3_bind_int64(
        rows->statements[STATEMENT_PRUNE_DAYS], 1, newest_ms - STORE_HISTORY_DAYS * DAY_MS);
    return run(rows, STATEMENT_PRUNE_DAYS, error);
}

int store_sqlite_rows_commit(struct store_sqlite_rows *rows, struct error *error)
{
    return run(rows, STATEMENT_COMMIT, error);
}

// Some failures have rolled back already.
void store_sqlite_rows_rollback(struct store_sqlite_rows *rows)
{
    if (!sqlite3_get_autocommit(rows->db))
        sqlite3_exec(rows->db, "ROLLBACK", NULL, NULL, NULL);
}

static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

static int read_record(sqlite3_stmt *statement, struct record_list *records, struct error *error)
{
    struct record *record = record_new(column_text(statement, 0));
    record_list_add(records, record);
    for (int i = 0; store_members[i].name != NULL; i++) {
        struct store_value value = {0};
        int type = sqlite3_column_type(statement, i);
        if (type == SQLITE_INTEGER)
            value = (struct store_value){
                .kind = STORE_VALUE_INTEGER, .integer = sqlite3_column_int64(statement, i)};
        else if (type == SQLITE_TEXT)
            value = (struct store_value){
                .kind = STORE_VALUE_TEXT, .text = column_text(statement, i)};
        if (store_member_set(record, &store_members[i], &value, error) != 0)
            return -1;
    }
    return 0;
}

// After the last row, or a failure of the reader, which has set the error.
static int finish_reading(
    struct store_sqlite_rows *rows, sqlite3_stmt *statement, int result, struct error *error)
{
    int outcome = result == SQLITE_DONE || result == SQLITE_ROW ? 0 : -1;
    if (outcome != 0)
        store_sqlite_error(error, rows->db, result, "reading", rows->path);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE ? 0 : -1;
}

static int load_records(
    struct store_sqlite_rows *rows, struct record_list *records, struct error *error)
{
    sqlite3_stmt *statement = rows->statements[STATEMENT_LOAD];
    struct error found = {0};
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        if (read_record(statement, records, &found) != 0) {
            store_sqlite_damaged(error, rows->path, found.message);
            break;
        }
    return finish_reading(rows, statement, result, error);
}

int store_sqlite_rows_load(struct store_sqlite_rows *rows, struct record_list *records,
    struct tag_list *settings, struct error *error)
{
    if (load_records(rows, records, error) != 0)
        return -1;
    sqlite3_stmt *statement = rows->statements[STATEMENT_SETTINGS];
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        tag_list_set(settings, column_text(statement, 0), column_text(statement, 1));
    return finish_reading(rows, statement, result, error);
}

static int read_history(struct store_sqlite_rows *rows, sqlite3_stmt *statement,
    struct history_list *history, struct error *error)
{
    int state = state_from_name(column_text(statement, 2));
    int reason = reason_from_name(column_text(statement, 3));
    if (state < 0 || reason < 0)
        return store_sqlite_damaged(error, rows->path, "its history has an unknown state");
    struct history_row *row = memory_new(1, sizeof(*row));
    row->wall_ms = sqlite3_column_int64(statement, 0);
    row->name = memory_text(column_text(statement, 1));
    row->state = (enum image_state)state;
    row->reason = (enum reason)reason;
    row->message = memory_text(column_text(statement, 4));
    row->image_id = memory_text(column_text(statement, 5));
    history_list_add(history, row);
    return 0;
}

int store_sqlite_rows_history(struct store_sqlite_rows *rows, const char *name, size_t limit,
    struct history_list *history, struct error *error)
{
    sqlite3_stmt *statement =
        rows->statements[name == NULL ? STATEMENT_HISTORY_OF_ALL : STATEMENT_HISTORY_OF_ONE];
    sqlite3_bind_int64(statement, 1, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
    if (name != NULL)
        bind_text(statement, 2, name);
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        if (read_history(rows, statement, history, error) != 0)
            break;
    return finish_reading(rows, statement, result, error);
}
