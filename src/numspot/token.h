// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The access token: what asks for it, what comes back, and when to renew it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "numspot/wire.h"

// What the token endpoint says of the life of a token is not believed blindly: unknown is an hour
// (as seen), less than the minimum (0 and -1 included) counts as the minimum, so that there is no
// storm of renewals, more than a day as a day.
#define TOKEN_LIFE_UNKNOWN_MS (60 * 60 * 1000)
#define TOKEN_LIFE_MINIMUM_MS (10 * 1000)
#define TOKEN_LIFE_MAXIMUM_MS (24 * 60 * 60 * 1000)
// A token is renewed a minute before its end, but never more than a tenth of its life before.
#define TOKEN_MARGIN_MS (60 * 1000)

// Embedded; {0} is no token. Times are monotonic.
struct token {
    char *access; // secret; NULL: none
    int64_t renew_at_ms;
    int64_t expires_at_ms;
};

// Wipes and frees, leaves {0}.
void token_deinit(struct token *token);

// The request for a token; the caller sets its id and frees it.
struct transfer *token_encode(const char *client_id, const char *client_secret) CHECK_RESULT;

// Reads a complete HTTP answer with status 200, `now_ms` when it came. -1 with ERROR_INVALID when
// there is no usable token in it; the message says what is wrong and never what was sent. `token`
// must be {0} and stays so then.
int token_decode(const struct transfer_result *result, int64_t now_ms, struct token *token,
    struct error *error) CHECK_RESULT;
