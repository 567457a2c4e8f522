// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/backoff.h"

int64_t backoff_delay(
    unsigned attempt, int64_t minimum_ms, int64_t maximum_ms, struct random *random)
{
    if (minimum_ms < 1)
        minimum_ms = 1;
    if (maximum_ms < minimum_ms)
        maximum_ms = minimum_ms;
    int64_t ceiling_ms = minimum_ms;
    for (unsigned i = 0; i < attempt && ceiling_ms < maximum_ms; i++)
        ceiling_ms = ceiling_ms > maximum_ms / 2 ? maximum_ms : ceiling_ms * 2;
    uint64_t span = (uint64_t)(ceiling_ms - minimum_ms) + 1;
    return minimum_ms + (int64_t)random_below(random, span);
}
