// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What came of an HTTP exchange, turned into an answer by meaning (core/cloud.h): one table from
// status to outcome, and one sentence for people. Believes nothing: what is not the promised shape
// is BROKEN for a read and LOST for a write.
#pragma once

#include <stdint.h>

#include "core/cloud.h"
#include "numspot/wire.h"

// Fills `answer` (whose memory need not be initialised); the caller frees it with answer_deinit.
// Never fails: what is wrong is the outcome. `wall_ms` is for a Retry-After that is a date. Lists
// are cut to what was asked for: a server that ignores a filter does not confuse anyone.
void answer_decode(const struct request *request, const struct transfer_result *result,
    int64_t wall_ms, struct answer *answer);

// An answer without an exchange. `explanation` is the end of a sentence that begins with what was
// to be done; `format` may print anything, control characters and overlong texts are mended.
void answer_without_exchange(const struct request *request, enum outcome outcome,
    const char *explanation, struct answer *answer);
