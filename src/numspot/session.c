// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/memory.h"
#include "core/text.h"
#include "numspot/explanation.h"
#include "numspot/problem_json.h"
#include "numspot/session.h"

#define DETAIL_LIMIT 200

static void wipe(char **secret)
{
    if (*secret != NULL)
        explicit_bzero(*secret, strlen(*secret));
    memory_free_text(secret);
}

void session_init(
    struct session *session, const char *client_id, const char *client_secret, uint64_t seed)
{
    *session = (struct session){.not_before_ms = INT64_MIN, .failure = OUTCOME_NOT_SENT};
    session->client_id = memory_text(client_id);
    session->client_secret = memory_text(client_secret);
    random_init(&session->random, seed);
}

void session_deinit(struct session *session)
{
    free(session->client_id);
    wipe(&session->client_secret);
    token_deinit(&session->token);
    free(session->failure_cause);
    *session = (struct session){0};
}

bool session_has_token(const struct session *session, int64_t now_ms)
{
    return session->token.access != NULL && now_ms < session->token.expires_at_ms;
}

void session_advance(struct session *session, int64_t now_ms)
{
    if (session->not_before_ms > now_ms && session->not_before_ms - now_ms > BACKOFF_MAXIMUM_MS)
        session->not_before_ms = now_ms + BACKOFF_MAXIMUM_MS;
    if (!session_has_token(session, now_ms))
        token_deinit(&session->token);
}

bool session_is_blocked(const struct session *session, int64_t now_ms)
{
    return !session_has_token(session, now_ms) && !session->asking &&
           now_ms < session->not_before_ms;
}

static bool is_due(const struct session *session, int64_t now_ms)
{
    bool needed = !session_has_token(session, now_ms) || now_ms >= session->token.renew_at_ms;
    return needed && !session->asking && now_ms >= session->not_before_ms;
}

bool session_wants_token(const struct session *session, int64_t now_ms)
{
    return is_due(session, now_ms) && !session->must_read;
}

bool session_wants_credentials(const struct session *session, int64_t now_ms)
{
    return is_due(session, now_ms) && session->must_read;
}

struct transfer *session_ask(struct session *session)
{
    session->asking = true;
    session->asked_with_old = false;
    return token_encode(session->client_id, session->client_secret);
}

// Takes ownership of the cause, which the endpoint may have put our secret into.
static void fail(struct session *session, enum outcome failure, char *cause)
{
    explanation_redact(cause, session->client_secret);
    free(session->failure_cause);
    session->failure_cause = cause;
    session->failure = failure;
}

// "the token endpoint refused them (401 invalid_client): …"
static char *describe(const struct transfer_result *result, const char *what)
{
    struct problem_document document;
    problem_document_read(result->body, result->body_length, &document);
    struct text cause = {0};
    text_format(&cause, "the token endpoint %s (%d", what, result->status);
    if (document.title != NULL) {
        text_append(&cause, " ");
        explanation_append_foreign(&cause, document.title, DETAIL_LIMIT);
    }
    text_append(&cause, ")");
    if (document.detail != NULL) {
        text_append(&cause, ": ");
        explanation_append_foreign(&cause, document.detail, DETAIL_LIMIT);
    }
    problem_document_deinit(&document);
    return text_steal(&cause);
}

static enum session_result refuse(struct session *session, int64_t now_ms)
{
    session->refusal_open = false;
    session->must_read = true;
    session->failures++;
    session->not_before_ms = now_ms + backoff_delay(session->failures, BACKOFF_MINIMUM_MS,
                                          BACKOFF_MAXIMUM_MS, &session->random);
    return SESSION_REFUSED;
}

// The credentials may have been exchanged since they were read: a refusal is final only when
// reading brought the same again.
static enum session_result receive_refusal(
    struct session *session, const struct transfer_result *result, int64_t now_ms)
{
    fail(session, OUTCOME_UNAUTHENTICATED, describe(result, "refused them"));
    if (session->asked_with_old)
        return SESSION_PENDING;
    if (session->just_read)
        return refuse(session, now_ms);
    session->must_read = true;
    session->refusal_open = true;
    return SESSION_PENDING;
}

static enum session_result receive_failure(struct session *session, char *cause, int64_t now_ms)
{
    fail(session, OUTCOME_NOT_SENT, cause);
    session->failures++;
    session->not_before_ms = now_ms + backoff_delay(session->failures, BACKOFF_MINIMUM_MS,
                                          SESSION_UNREACHED_MAXIMUM_MS, &session->random);
    return SESSION_FAILED;
}

static enum session_result receive_grant(
    struct session *session, const struct transfer_result *result, int64_t now_ms)
{
    struct token token = {0};
    struct error error = {0};
    if (token_decode(result, now_ms, &token, &error) != 0)
        return receive_failure(session, memory_text(error.message), now_ms);
    token_deinit(&session->token);
    session->token = token;
    session->generation++;
    session->proven = false;
    session->just_read = false;
    session->failures = 0;
    session->not_before_ms = INT64_MIN;
    return SESSION_GRANTED;
}

enum session_result session_receive(
    struct session *session, const struct transfer_result *result, int64_t now_ms)
{
    session->asking = false;
    if (result->transport != TRANSPORT_ANSWERED)
        return receive_failure(session,
            memory_format("no token was to be had: %s",
                result->explanation == NULL ? "no answer" : result->explanation),
            now_ms);
    if (result->status == 200)
        return receive_grant(session, result, now_ms);
    if (result->status == 400 || result->status == 401 || result->status == 403)
        return receive_refusal(session, result, now_ms);
    return receive_failure(session, describe(result, "is not well"), now_ms);
}

static bool replace(struct session *session, const char *client_id, const char *client_secret)
{
    if (client_id == NULL || client_secret == NULL ||
        (strcmp(client_id, session->client_id) == 0 &&
            strcmp(client_secret, session->client_secret) == 0))
        return false;
    memory_replace_text(&session->client_id, client_id);
    char *copy = memory_text(client_secret);
    wipe(&session->client_secret);
    session->client_secret = copy;
    session->asked_with_old = true;
    return true;
}

enum session_result session_set_credentials(
    struct session *session, const char *client_id, const char *client_secret, int64_t now_ms)
{
    session->must_read = false;
    session->just_read = true;
    if (replace(session, client_id, client_secret)) {
        session->refusal_open = false;
        session->failures = 0;
        session->distrusts = 0;
        session->not_before_ms = INT64_MIN;
    }
    return session->refusal_open ? refuse(session, now_ms) : SESSION_PENDING;
}

void session_accepted(struct session *session, uint64_t generation)
{
    if (generation != session->generation)
        return;
    session->proven = true;
    session->after_rejection = false;
    session->distrusts = 0;
}

static void distrust(struct session *session, int64_t now_ms)
{
    session->distrusts++;
    session->not_before_ms = now_ms + backoff_delay(session->distrusts, BACKOFF_MINIMUM_MS,
                                          BACKOFF_MAXIMUM_MS, &session->random);
    fail(session, OUTCOME_UNAUTHENTICATED,
        memory_text("the API does not take the token that it was just given (401)"));
}

void session_rejected(struct session *session, uint64_t generation, bool again, int64_t now_ms)
{
    if (generation != session->generation || session->token.access == NULL)
        return;
    if (again && session->proven)
        return;
    token_deinit(&session->token);
    session->must_read = true;
    if (session->after_rejection && !session->proven)
        distrust(session, now_ms);
    session->after_rejection = true;
}

void session_retry(struct session *session)
{
    session->not_before_ms = INT64_MIN;
}
