// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A pass over the directory, or over some names in it, compared with what was reported before.
// Blocks, so it runs on the work queue; between two scans nobody touches the scanner. Reads only
// files whose fingerprint changed.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "io/directory_batch.h"
#include "io/directory_hints.h"

struct directory_scanner;

struct directory_scan_order {
    int64_t settle_ms;            // a file changed less than about this ago is still being written
    bool patient;                 // false: read such files as well
    const atomic_bool *cancelled; // looked at now and then; what follows is worthless
    const struct directory_hints *hints; // only these names need a look; the whole directory gets
                                         // one where that may not be enough
};

struct directory_scan_result {
    struct directory_collection found;
    struct directory_hints unsettled; // being written: to be looked at again once they settled
    struct directory_hints racy;      // changed so lately that they must be looked at again
};

struct directory_scanner *directory_scanner_new(const char *path) CHECK_RESULT;
void directory_scanner_free(struct directory_scanner *scanner);

// Fills in a zeroed result, which the caller deinits (its batch and hints).
void directory_scan(struct directory_scanner *scanner, const struct directory_scan_order *order,
    struct directory_scan_result *result);
