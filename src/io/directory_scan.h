// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A pass over the directory, compared with what was reported before. Blocks, so it runs on the work
// queue; between two scans nobody touches the scanner. Reads only files whose fingerprint changed.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "io/directory_batch.h"

struct directory_scanner;

struct directory_scan_order {
    int64_t settle_ms;            // a file changed less than about this ago is still being written
    bool patient;                 // false: read such files as well
    const atomic_bool *cancelled; // looked at now and then; what follows is worthless
};

struct directory_scan_result {
    struct directory_collection found;
    bool unsettled; // a file is being written: scan again once it has settled
    bool racy;      // a file was changed so lately that it must be looked at again
};

struct directory_scanner *directory_scanner_new(const char *path) CHECK_RESULT;
void directory_scanner_free(struct directory_scanner *scanner);

// Fills in a zeroed result, which the caller deinits (its batch).
void directory_scan(struct directory_scanner *scanner, const struct directory_scan_order *order,
    struct directory_scan_result *result);
