// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The tokens that were given out, until they expire or are revoked.

#include <stdbool.h>
#include <stdint.h>

struct sim_tokens;

struct sim_tokens *sim_tokens_new(int64_t lifetime_ms, uint64_t seed);
void sim_tokens_free(struct sim_tokens *tokens);

// A new token; its text is the tokens', until it expires.
const char *sim_tokens_issue(struct sim_tokens *tokens, int64_t now_ms);

// Whether `token` was given out, and is still good at `now_ms`.
bool sim_tokens_check(const struct sim_tokens *tokens, const char *token, int64_t now_ms);

void sim_tokens_revoke_all(struct sim_tokens *tokens);

int64_t sim_tokens_lifetime_ms(const struct sim_tokens *tokens);
