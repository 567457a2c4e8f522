// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "numspot/tally.h"

// There are few: a search from the start is faster than anything clever.
static struct tally_row *row_of(struct tally *tally, unsigned operation, int status)
{
    for (size_t i = 0; i < tally->count; i++)
        if (tally->rows[i].operation == operation && tally->rows[i].status == status)
            return &tally->rows[i];
    tally->rows = memory_grow(tally->rows, tally->count, &tally->capacity, sizeof(*tally->rows));
    struct tally_row *row = &tally->rows[tally->count++];
    *row = (struct tally_row){.operation = operation, .status = status};
    return row;
}

void tally_add(struct tally *tally, unsigned operation, int status, int64_t duration_ms)
{
    if (status < 100 || status > 599)
        status = 0;
    row_of(tally, operation, status)->count++;
    histogram_observe(&tally->durations[operation], (double)duration_ms / 1000);
}

void tally_deinit(struct tally *tally)
{
    free(tally->rows);
    *tally = (struct tally){0};
}
