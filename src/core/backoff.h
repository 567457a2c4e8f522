// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How long to wait before the next attempt: exponential with full jitter, so that many who failed
// together do not come back together. Pure; counting the attempts is the caller's business.
#pragma once

#include <stdint.h>

#include "core/random.h"

#define BACKOFF_MINIMUM_MS 1000
#define BACKOFF_MAXIMUM_MS (10 * 60 * 1000)

// The wait after `attempt` failures in a row (1: the first), in ms: evenly between the minimum and
// twice the minimum after the first failure, four times after the second, and so on up to the
// maximum. Never below the minimum, so that nothing becomes a hot loop. A minimum under 1 counts as
// 1; a maximum under the minimum counts as the minimum.
int64_t backoff_delay(
    unsigned attempt, int64_t minimum_ms, int64_t maximum_ms, struct random *random);
