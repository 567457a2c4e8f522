// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A client, a clock, and a cloud that is the test itself: what the tests of the traffic controller
// share.
#pragma once

#include "wire_fixture.h"

#include "core/instant.h"
#include "numspot/client.h"

#define SECRET  "first-secret"
#define HOUR_MS INT64_C(3600000)

struct fixture {
    struct client *client;
    struct instant now;
    uint64_t submitted;
};

static inline struct client_options fixture_options(void)
{
    return (struct client_options){
        .space_id = SPACE,
        .client_id = "id",
        .client_secret = SECRET,
        .limits = {.rate = 1000, .burst = 1000, .in_flight = 8},
        .seed = 1,
    };
}

static inline void start_with(struct fixture *fixture, const struct client_options *options)
{
    *fixture = (struct fixture){
        .client = client_new(options), .now = {1000000, INT64_C(1795600800000)}};
}

static inline void start(struct fixture *fixture)
{
    struct client_options options = fixture_options();
    start_with(fixture, &options);
}

// There must be nothing left over.
static inline void stop(struct fixture *fixture)
{
    struct answer answer;
    assert_false(client_next_answer(fixture->client, &answer));
    assert_int_equal(client_in_flight(fixture->client), 0);
    client_free(fixture->client);
}

static inline void wait_ms(struct fixture *fixture, int64_t ms)
{
    fixture->now.monotonic_ms += ms;
    fixture->now.wall_ms += ms;
}

static inline uint64_t submit(struct fixture *fixture, enum operation operation)
{
    struct request *request = valid_request(operation);
    request->id = ++fixture->submitted;
    client_submit(fixture->client, request, fixture->now);
    return request->id;
}

static inline bool is_token(const struct transfer *transfer)
{
    return strcmp(transfer->target, "/iam/token") == 0;
}

static inline struct transfer *next(struct fixture *fixture)
{
    return client_next_transfer(fixture->client, fixture->now);
}

static inline void assert_nothing_to_send(struct fixture *fixture)
{
    assert_null(next(fixture));
}

// The next transfer's id; it must be for a token, or must not be.
static inline uint64_t expect(struct fixture *fixture, bool token)
{
    struct transfer *transfer = next(fixture);
    assert_non_null(transfer);
    assert_int_equal(is_token(transfer), token);
    uint64_t id = transfer->id;
    transfer_free(transfer);
    return id;
}

static inline void receive(struct fixture *fixture, struct transfer_result result)
{
    client_receive(fixture->client, &result, fixture->now);
    transfer_result_deinit(&result);
}

static inline void grant(struct fixture *fixture, uint64_t id, const char *token, int life_s)
{
    char *body = memory_format("{\"access_token\":\"%s\",\"expires_in\":%d}", token, life_s);
    receive(fixture, answered(id, 200, body));
    explicit_bzero(body, strlen(body));
    free(body);
}

// The token that the first request needs.
static inline void log_in(struct fixture *fixture)
{
    grant(fixture, expect(fixture, true), "token-1", 3600);
}

// The next answer must be of that outcome; its explanation, unless NULL, must contain the text.
static inline uint64_t expect_answer(
    struct fixture *fixture, enum outcome outcome, const char *explanation)
{
    struct answer answer;
    if (!client_next_answer(fixture->client, &answer))
        fail_msg("no answer, wanted: %s", outcome_name(outcome));
    if (answer.outcome != outcome)
        fail_msg("%s, wanted: %s", outcome_name(answer.outcome), outcome_name(outcome));
    if (explanation != NULL && strstr(answer.explanation, explanation) == NULL)
        fail_msg("%s", answer.explanation);
    uint64_t id = answer.request_id;
    answer_deinit(&answer);
    return id;
}
