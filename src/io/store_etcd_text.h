// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How records and rows of history are written as keys and values. It speaks to nobody.
#pragma once

#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "core/record.h"

// PREFIX GROUP/NAME, the name percent-encoded; and PREFIX history/NAME/FENCE.NUMBER.MS, which order
// the rows of a name as they were made. The caller frees.
char *store_etcd_key(const char *prefix, const char *group, const char *name) CHECK_RESULT;
char *store_etcd_row_key(
    const char *prefix, const struct history_row *row, int64_t fence, uint64_t number) CHECK_RESULT;

// The parts of a row's key, behind its last slash; NULL and 0: it is none.
const char *store_etcd_row_place(const char *key);
int64_t store_etcd_row_wall_ms(const char *key);

// A record as JSON, members in the order of their table. NULL and an error: it cannot be written.
char *store_etcd_write_record(const struct record *record, struct error *error) CHECK_RESULT;
// ERROR_CORRUPT: it is no record; ERROR_REFUSED: a member is not known here.
struct record *store_etcd_read_record(const char *value, struct error *error) CHECK_RESULT;

char *store_etcd_write_row(const struct history_row *row) CHECK_RESULT;
struct history_row *store_etcd_read_row(const char *value, struct error *error) CHECK_RESULT;
