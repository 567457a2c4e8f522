// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "numspot/answer.h"
#include "numspot/client.h"
#include "numspot/http_date.h"
#include "numspot/queue.h"
#include "numspot/request.h"
#include "numspot/session.h"
#include "numspot/throttle.h"

// Requests do not grow old in the queue: whoever asked may want something else by then.
#define HOLD_TO_WAIT_OUT_MS (10 * 1000)

struct pending_answer {
    struct pending_answer *next;
    struct answer answer;
};

struct client {
    char *space_id;
    struct session session;
    struct throttle throttle;
    struct queue queue;
    struct exchange **under_way;
    size_t under_way_count;
    size_t under_way_capacity;
    size_t in_flight_limit;
    uint64_t token_transfer_id; // 0: none is under way
    uint64_t last_transfer_id;
    bool distrust_connections; // the last transfer failed: the next ones start afresh (cases, 46)
    struct pending_answer *first_answer;
    struct pending_answer *last_answer;
    struct client_statistics statistics;
    struct tally tally;
};

static size_t at_least_one(size_t value)
{
    return value == 0 ? 1 : value;
}

struct client *client_new(const struct client_options *options)
{
    struct client *client = memory_new(1, sizeof(*client));
    client->space_id = memory_text(options->space_id);
    client->in_flight_limit = at_least_one(options->limits.in_flight);
    session_init(&client->session, options->client_id, options->client_secret, options->seed);
    throttle_init(&client->throttle, options->limits.rate, options->limits.burst, ~options->seed);
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    free(client->space_id);
    session_deinit(&client->session);
    queue_deinit(&client->queue);
    for (size_t i = 0; i < client->under_way_count; i++)
        exchange_free(client->under_way[i]);
    free(client->under_way);
    tally_deinit(&client->tally);
    struct answer answer;
    while (client_next_answer(client, &answer))
        answer_deinit(&answer);
    free(client);
}

// Takes what the answer holds.
static void give(struct client *client, struct answer *answer)
{
    answer_redact(answer, client->session.client_secret);
    answer_redact(answer, client->session.token.access);
    struct pending_answer *pending = memory_new(1, sizeof(*pending));
    pending->answer = *answer;
    if (client->last_answer == NULL)
        client->first_answer = pending;
    else
        client->last_answer->next = pending;
    client->last_answer = pending;
    client->statistics.answered[answer->outcome]++;
}

bool client_next_answer(struct client *client, struct answer *answer)
{
    struct pending_answer *pending = client->first_answer;
    if (pending == NULL)
        return false;
    client->first_answer = pending->next;
    if (client->first_answer == NULL)
        client->last_answer = NULL;
    *answer = pending->answer;
    free(pending);
    return true;
}

static void give_up(struct client *client, struct exchange *exchange, enum outcome outcome,
    const char *cause, int64_t retry_after_ms)
{
    struct answer answer;
    answer_without_exchange(exchange->request, outcome, cause, retry_after_ms, &answer);
    give(client, &answer);
    exchange_free(exchange);
}

static void give_up_queued(
    struct client *client, enum outcome outcome, const char *cause, int64_t retry_after_ms)
{
    struct exchange *exchange;
    while ((exchange = queue_take(&client->queue)) != NULL)
        give_up(client, exchange, outcome, cause, retry_after_ms);
}

static void advance(struct client *client, int64_t now_ms)
{
    session_advance(&client->session, now_ms);
    throttle_advance(&client->throttle, now_ms);
}

// Answers all that waits when it would wait for long, or in vain.
static void settle_queue(struct client *client, int64_t now_ms)
{
    advance(client, now_ms);
    if (client->queue.count == 0)
        return;
    int64_t held_ms = throttle_held_ms(&client->throttle, now_ms);
    if (session_is_blocked(&client->session, now_ms))
        give_up_queued(client, client->session.failure, client->session.failure_cause,
            client->session.not_before_ms - now_ms);
    else if (held_ms > HOLD_TO_WAIT_OUT_MS)
        give_up_queued(client, OUTCOME_THROTTLED, "nothing is sent until then", held_ms);
}

void client_submit(struct client *client, struct request *request, struct instant now)
{
    queue_add(&client->queue, exchange_new(request));
    settle_queue(client, now.monotonic_ms);
}

bool client_wants_credentials(const struct client *client, struct instant now)
{
    return client->queue.count > 0 && session_wants_credentials(&client->session, now.monotonic_ms);
}

void client_set_credentials(
    struct client *client, const char *client_id, const char *client_secret, struct instant now)
{
    session_set_credentials(&client->session, client_id, client_secret, now.monotonic_ms);
    settle_queue(client, now.monotonic_ms);
}

void client_retry(struct client *client)
{
    session_retry(&client->session);
}

void client_set_limits(
    struct client *client, const struct client_limits *limits, struct instant now)
{
    client->in_flight_limit = at_least_one(limits->in_flight);
    throttle_set_limits(&client->throttle, limits->rate, limits->burst, now.monotonic_ms);
}

size_t client_in_flight(const struct client *client)
{
    return client->under_way_count + (client->token_transfer_id != 0 ? 1 : 0);
}

static struct transfer *start(struct client *client, struct transfer *transfer)
{
    transfer->id = ++client->last_transfer_id;
    if (client->distrust_connections)
        transfer->fresh_connection = true;
    return transfer;
}

static struct transfer *next_token_transfer(struct client *client)
{
    struct transfer *transfer = start(client, session_ask(&client->session));
    client->token_transfer_id = transfer->id;
    client->statistics.tokens_asked++;
    return transfer;
}

// NULL when the request cannot be said on the wire: it is answered then.
static struct transfer *encode(struct client *client, struct exchange *exchange)
{
    struct error error = {0};
    struct transfer *transfer = request_encode(exchange->request, client->space_id, &error);
    if (transfer == NULL) {
        give_up(client, exchange, OUTCOME_INVALID, error.message, 0);
        return NULL;
    }
    start(client, transfer);
    transfer->bearer = memory_text(client->session.token.access);
    exchange->transfer_id = transfer->id;
    exchange->generation = client->session.generation;
    client->under_way = memory_grow(client->under_way, client->under_way_count,
        &client->under_way_capacity, sizeof(struct exchange *));
    client->under_way[client->under_way_count++] = exchange;
    client->statistics.sent[exchange->request->operation]++;
    return transfer;
}

struct transfer *client_next_transfer(struct client *client, struct instant now)
{
    int64_t now_ms = now.monotonic_ms;
    struct transfer *transfer = NULL;
    advance(client, now_ms);
    while (transfer == NULL && client->queue.count > 0 &&
           client_in_flight(client) < client->in_flight_limit) {
        bool for_token = session_wants_token(&client->session, now_ms);
        if (!for_token && !session_has_token(&client->session, now_ms))
            return NULL;
        if (!throttle_take(&client->throttle, now_ms))
            return NULL;
        transfer = for_token ? next_token_transfer(client)
                             : encode(client, queue_take(&client->queue));
    }
    return transfer;
}

int64_t client_next_wake(const struct client *client)
{
    if (client->queue.count == 0 || client_in_flight(client) >= client->in_flight_limit)
        return INSTANT_NEVER;
    int64_t next_ms = throttle_next(&client->throttle);
    if (client->session.token.access != NULL)
        return next_ms;
    if (client->session.asking)
        return INSTANT_NEVER;
    return next_ms > client->session.not_before_ms ? next_ms : client->session.not_before_ms;
}

void client_cancel_queued(struct client *client)
{
    give_up_queued(client, OUTCOME_NOT_SENT, "it was cancelled before its turn came", 0);
}

// Where the exchange of a transfer stands among those under way; their count when it does not.
static size_t find_under_way(const struct client *client, uint64_t transfer_id)
{
    size_t at = 0;
    while (at < client->under_way_count && client->under_way[at]->transfer_id != transfer_id)
        at++;
    return at;
}

// The exchange of a transfer, no longer under way; NULL when there is none.
static struct exchange *take_under_way(struct client *client, uint64_t transfer_id)
{
    size_t at = find_under_way(client, transfer_id);
    if (at == client->under_way_count)
        return NULL;
    struct exchange *exchange = client->under_way[at];
    client->under_way[at] = client->under_way[--client->under_way_count];
    return exchange;
}

const struct request *client_request(const struct client *client, uint64_t transfer_id)
{
    size_t at = find_under_way(client, transfer_id);
    return at == client->under_way_count ? NULL : client->under_way[at]->request;
}

static void follow_pace(struct client *client, struct answer *answer, int64_t now_ms)
{
    if (answer->outcome == OUTCOME_THROTTLED) {
        throttle_slow_down(&client->throttle, answer->retry_after_ms, now_ms);
        answer->retry_after_ms = throttle_held_ms(&client->throttle, now_ms);
        return;
    }
    if (answer->status == 503 && answer->retry_after_ms > 0)
        throttle_hold(&client->throttle, answer->retry_after_ms, now_ms);
    else if (answer->status != 0)
        throttle_answered(&client->throttle);
}

static void receive_answer(
    struct client *client, struct exchange *exchange, struct answer answer, struct instant now)
{
    if (answer.outcome == OUTCOME_OK)
        session_accepted(&client->session, exchange->generation);
    follow_pace(client, &answer, now.monotonic_ms);
    give(client, &answer);
    if (answer.outcome == OUTCOME_UNAUTHENTICATED)
        session_rejected(&client->session, exchange->generation, true, now.monotonic_ms);
    exchange_free(exchange);
}

// A first 401 says that the request was surely not applied: it has another turn with another token.
static void send_again(struct client *client, struct exchange *exchange, int64_t now_ms)
{
    session_rejected(&client->session, exchange->generation, false, now_ms);
    exchange->transfer_id = 0;
    exchange->resent = true;
    queue_return(&client->queue, exchange);
    client->statistics.renewals_after_401++;
}

static void tally(struct client *client, unsigned operation, const struct transfer_result *result)
{
    int status = result->transport == TRANSPORT_ANSWERED ? result->status : 0;
    tally_add(&client->tally, operation, status, result->duration_ms);
}

// `decoded` may be NULL.
static void receive_exchange(struct client *client, struct exchange *exchange,
    const struct transfer_result *result, struct answer *decoded, struct instant now)
{
    client->statistics.duration_ms[exchange->request->operation] +=
        result->duration_ms > 0 ? (uint64_t)result->duration_ms : 0;
    tally(client, exchange->request->operation, result);
    bool unauthenticated = result->transport == TRANSPORT_ANSWERED && result->status == 401 &&
                           !exchange->resent;
    struct answer answer = {0};
    if (unauthenticated) {
        send_again(client, exchange, now.monotonic_ms);
        return;
    }
    if (decoded == NULL) {
        answer_decode(exchange->request, result, now.wall_ms, &answer);
    } else {
        answer = *decoded;
        *decoded = (struct answer){0};
    }
    receive_answer(client, exchange, answer, now);
}

// The token endpoint may ask to wait as well.
static void receive_token(
    struct client *client, const struct transfer_result *result, struct instant now)
{
    client->token_transfer_id = 0;
    tally(client, TALLY_TOKEN, result);
    int64_t wait_ms = retry_after_parse(result->retry_after, now.wall_ms);
    if (result->status == 429)
        throttle_slow_down(&client->throttle, wait_ms, now.monotonic_ms);
    else if (result->status == 503 && wait_ms > 0)
        throttle_hold(&client->throttle, wait_ms, now.monotonic_ms);
    enum session_result outcome = session_receive(&client->session, result, now.monotonic_ms);
    if (outcome == SESSION_FAILED)
        client->statistics.tokens_failed++;
    else if (outcome == SESSION_GRANTED)
        client->statistics.tokens_granted++;
    else
        client->statistics.tokens_refused++;
}

static void receive(struct client *client, const struct transfer_result *result,
    struct answer *decoded, struct instant now)
{
    bool for_token = result->id != 0 && result->id == client->token_transfer_id;
    struct exchange *exchange = for_token ? NULL : take_under_way(client, result->id);
    if (!for_token && exchange == NULL)
        return;
    client->distrust_connections = result->transport != TRANSPORT_ANSWERED;
    if (for_token)
        receive_token(client, result, now);
    else
        receive_exchange(client, exchange, result, decoded, now);
    settle_queue(client, now.monotonic_ms);
}

void client_receive(struct client *client, const struct transfer_result *result, struct instant now)
{
    receive(client, result, NULL, now);
}

void client_receive_decoded(struct client *client, const struct transfer_result *result,
    struct answer *answer, struct instant now)
{
    receive(client, result, answer, now);
}

const struct tally *client_tally(const struct client *client)
{
    return &client->tally;
}

struct client_statistics client_statistics(const struct client *client)
{
    struct client_statistics statistics = client->statistics;
    statistics.queued = client->queue.count;
    statistics.in_flight = client_in_flight(client);
    statistics.rate_milli = client->throttle.milli;
    statistics.held_until_ms = client->throttle.not_before_ms == INT64_MIN
                                   ? 0
                                   : client->throttle.not_before_ms;
    statistics.has_token = client->session.token.access != NULL;
    return statistics;
}
