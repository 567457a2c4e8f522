// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The traffic controller between those who ask (the engine) and the HTTP transport: what is sent
// when, with which token, and what is answered. Pure and deterministic: it has no sockets and no
// clock, so that the same code runs under the daemon and under simulated days. Whoever drives it
// does this after every event:
//
//     if (client_wants_credentials(client, now))
//         client_set_credentials(client, id, secret, now); // read again from where they are kept
//     while ((transfer = client_next_transfer(client, now)) != NULL)
//         send(transfer);                                  // comes back by client_receive, once
//     while (client_next_answer(client, &answer))
//         engine_handle(…, &answer, …);
//     set a timer to client_next_wake(client);
//
// Promises:
// - Every request submitted gets exactly one answer.
// - No request is sent twice, but for one after 401, which says that it was surely not applied.
// - One token renewal at a time, before the token runs out (numspot/token.h), and after a 401.
//   While no token is to be had, requests are answered at once (UNAUTHENTICATED, NOT_SENT) and the
//   next attempt waits: 1 s, growing to 10 min after refusals, to 1 min when it was not reached.
// - All requests together, tokens included, stay within rate and burst, and those under way within
//   `in_flight`.
// - Writes and what stands between a write and its record (finds, reads of one image) go before
//   lists and bulk reads, which nevertheless get one turn in five. Within a class: first come,
//   first served.
// - 429, and 503 with Retry-After, hold all requests back; 429 also halves the rate, which recovers
//   by a tenth every ten seconds. When the wait is longer than ten seconds, requests are answered
//   THROTTLED with the time left instead of growing old in the queue.
// - No retries but these: whether to try again is for whoever asked.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/cloud.h"
#include "core/instant.h"
#include "numspot/tally.h"
#include "numspot/wire.h"

struct client;

// Each at least 1; less counts as 1.
struct client_limits {
    int64_t rate;     // requests a second
    int64_t burst;    // requests at once
    size_t in_flight; // transfers under way
};

// All texts are copied; the secret is wiped when it is replaced or the client freed.
struct client_options {
    const char *space_id;
    const char *client_id;
    const char *client_secret;
    struct client_limits limits;
    uint64_t seed; // for the jitter of back-off
};

struct client *client_new(const struct client_options *options) CHECK_RESULT;

// Forgets all requests without answering them; NULL is fine.
void client_free(struct client *client);

// Takes ownership of the request. Its answer comes by client_next_answer, perhaps before anything
// is sent.
void client_submit(struct client *client, struct request *request, struct instant now);

// Whether the credentials should be read again, because the cloud refused them or the token, and a
// new token is due: no token is asked for until client_set_credentials was called, be it with the
// same ones.
bool client_wants_credentials(const struct client *client, struct instant now);

// New credentials, at any time (copied); NULL for either: they could not be read, the old ones
// stay. Others than before are tried at once, whatever back-off there was; the token in use stays
// until the cloud refuses it.
void client_set_credentials(
    struct client *client, const char *client_id, const char *client_secret, struct instant now);

// Ends the wait for the next attempt at a token, because someone asked for it.
void client_retry(struct client *client);

// Changes the limits, as a reload of the configuration does.
void client_set_limits(
    struct client *client, const struct client_limits *limits, struct instant now);

// The next transfer to send now, owned by the caller (transfer_free), or NULL. It counts as under
// way until its result is given.
struct transfer *client_next_transfer(struct client *client, struct instant now) CHECK_RESULT;

// What came of a transfer; borrowed. Results of transfers that are not under way are ignored.
void client_receive(
    struct client *client, const struct transfer_result *result, struct instant now);

// The same in two steps, for a long answer: answer_decode, in any thread, with the request that the
// transfer carries (borrowed until its result is given; NULL: it carries none), then this, which
// takes out of the answer what it holds, and does not look at the body. The caller frees the rest
// with answer_deinit.
const struct request *client_request(const struct client *client, uint64_t transfer_id);
void client_receive_decoded(struct client *client, const struct transfer_result *result,
    struct answer *answer, struct instant now);

// Takes the next answer; false when there is none. The caller frees it with answer_deinit.
bool client_next_answer(struct client *client, struct answer *answer) CHECK_RESULT;

// The monotonic time at which client_next_transfer may have something; at most the present when it
// may have it already; INSTANT_NEVER when only a result, a request or credentials can change
// anything.
int64_t client_next_wake(const struct client *client);

// Answers all requests that were not sent yet with NOT_SENT. Those under way go on.
void client_cancel_queued(struct client *client);

// Transfers under way, that of a token included.
size_t client_in_flight(const struct client *client);

struct client_statistics {
    uint64_t sent[OPERATION_COUNT];        // transfers, a second one after 401 included
    uint64_t answered[OUTCOME_COUNT];      // answers given
    uint64_t duration_ms[OPERATION_COUNT]; // of the transfers that came back, summed up
    uint64_t tokens_asked;
    uint64_t tokens_granted;
    uint64_t tokens_refused; // by the token endpoint
    uint64_t tokens_failed;  // it was not reached, or made no sense
    uint64_t renewals_after_401;
    size_t queued;
    size_t in_flight;
    int64_t rate_milli;    // the present speed, thousandths of a request a second
    int64_t held_until_ms; // monotonic: nothing is sent before; 0: no hold
    bool has_token;
};

struct client_statistics client_statistics(const struct client *client);

// What came back so far; borrowed for the client's life.
const struct tally *client_tally(const struct client *client);
