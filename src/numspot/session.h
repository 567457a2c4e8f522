// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The client's credentials and the token that they are worth: when to ask for one, what its refusal
// means, when the credentials must be read again. Holds secrets, wiped when replaced. Times are
// monotonic.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/cloud.h"
#include "core/random.h"
#include "numspot/token.h"
#include "numspot/wire.h"

// Waits after a token endpoint that was not reached; after a refusal they grow to
// BACKOFF_MAXIMUM_MS.
#define SESSION_UNREACHED_MAXIMUM_MS (60 * 1000)

// Embedded.
struct session {
    char *client_id;
    char *client_secret;
    struct token token;
    uint64_t generation;   // of the token; 0: there was none yet
    bool proven;           // the API took this token once
    bool after_rejection;  // it was asked for because the API did not take the one before
    bool asking;           // a request for a token is under way
    bool asked_with_old;   // since then the credentials were exchanged
    bool must_read;        // the credentials, before the next token is asked for
    bool just_read;        // they were, since the last token that was granted
    bool refusal_open;     // a refusal becomes final when reading brings nothing new
    unsigned failures;     // attempts in a row that brought no token
    unsigned distrusts;    // tokens in a row that the API did not take
    int64_t not_before_ms; // when a token is asked for again
    enum outcome failure;  // what requests get until then: UNAUTHENTICATED or NOT_SENT
    char *failure_cause;
    struct random random;
};

enum session_result {
    SESSION_GRANTED,
    SESSION_PENDING, // the credentials are to be read again first
    SESSION_REFUSED, // until `not_before_ms`
    SESSION_FAILED,  // likewise; the endpoint was not reached, or made no sense
};

void session_init(
    struct session *session, const char *client_id, const char *client_secret, uint64_t seed);
void session_deinit(struct session *session);

// Drops a token that ran out, and bounds a wait that a clock which jumped back made longer than any
// is. To be called before any other question of the same moment.
void session_advance(struct session *session, int64_t now_ms);
bool session_has_token(const struct session *session, int64_t now_ms);

// No token, and none may be asked for yet: requests are answered with `failure` and
// `failure_cause`.
bool session_is_blocked(const struct session *session, int64_t now_ms);

// Provided that there is something to send: whether a token, or the credentials, are wanted now.
bool session_wants_token(const struct session *session, int64_t now_ms);
bool session_wants_credentials(const struct session *session, int64_t now_ms);

// The request for a token, which is then under way; and what came of it.
struct transfer *session_ask(struct session *session) CHECK_RESULT;
enum session_result session_receive(
    struct session *session, const struct transfer_result *result, int64_t now_ms);

// SESSION_REFUSED when these are what was refused already (NULL: they could not be read), else
// SESSION_PENDING.
enum session_result session_set_credentials(
    struct session *session, const char *client_id, const char *client_secret, int64_t now_ms);

// The API took the token of that generation.
void session_accepted(struct session *session, uint64_t generation);

// It did not take it (401): a new one is needed, unless the request in question was refused `again`
// with a token that served others well. When it does not take what was just issued, tokens are
// asked for ever more slowly.
void session_rejected(struct session *session, uint64_t generation, bool again, int64_t now_ms);

// Ends the wait for the next attempt: someone asked for it.
void session_retry(struct session *session);
