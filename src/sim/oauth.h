// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// POST /iam/token: OAuth 2's client credentials (RFC 6749, sections 2.3.1, 4.4 and 5.2).

#include "sim/exchange.h"
#include "sim/token.h"

struct sim_oauth_client {
    const char *id;
    const char *secret;
};

// Answers with a token, or with the error that OAuth 2 wants. Credentials may come in the header,
// in the form, or in both: each must be right.
void sim_oauth_answer(struct sim_tokens *tokens, const struct sim_oauth_client *client,
    const struct sim_request *request, int64_t now_ms, struct sim_response *response);
