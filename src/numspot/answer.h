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
// Never fails: what is wrong is the outcome. `wall_ms` is for a Retry-After that is a date, where
// the server does not say what time it is. Lists are cut to what was asked for: a server that
// ignores a filter confuses nobody.
void answer_decode(const struct request *request, const struct transfer_result *result,
    int64_t wall_ms, struct answer *answer);

// An answer without an exchange: `cause` (may be NULL) says why there was none; `retry_after_ms`
// (0: unknown) when there may be.
void answer_without_exchange(const struct request *request, enum outcome outcome, const char *cause,
    int64_t retry_after_ms, struct answer *answer);

// Blots a secret out of all texts of an answer, should a server have sent it back; NULL and what is
// too short to be one are passed over.
void answer_redact(struct answer *answer, const char *secret);
