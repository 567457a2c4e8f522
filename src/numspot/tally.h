// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What came back over the wire since the start: how often which code, and how long it took, by
// operation. For metrics.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/cloud.h"
#include "core/histogram.h"

// Asking for a token counts as one more operation.
#define TALLY_TOKEN      OPERATION_COUNT
#define TALLY_OPERATIONS (OPERATION_COUNT + 1)

struct tally_row {
    unsigned operation; // enum operation, or TALLY_TOKEN
    int status;         // HTTP; 0: no answer came
    uint64_t count;
};

// Embedded; {0} is empty.
struct tally {
    struct tally_row *rows; // of what occurred, in no particular order
    size_t count;
    size_t capacity;
    struct histogram durations[TALLY_OPERATIONS];
};

// A transfer came back, or failed. A status that HTTP does not have counts as none.
void tally_add(struct tally *tally, unsigned operation, int status, int64_t duration_ms);
void tally_deinit(struct tally *tally);
