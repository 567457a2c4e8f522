// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record in one SQLite file on this machine, for one daemon. It never replaces or repairs a
// file that it cannot read.
#pragma once

#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"

struct store;

// Opens the file, mode 0600, made when it does not exist (its directory must), and keeps others out
// of it until store_close. Blocks. Errors: ERROR_BUSY, another process uses it; ERROR_CORRUPT,
// damaged, cut short, or of another program; ERROR_REFUSED, of a newer imaged, or not writable;
// ERROR_NOT_FOUND, no directory; ERROR_FULL; ERROR_SYSTEM.
int store_open_sqlite(
    uv_loop_t *loop, const char *path, struct store **store, struct error *error) CHECK_RESULT;
