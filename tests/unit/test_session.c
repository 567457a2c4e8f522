// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Credentials and tokens: what is wanted when, and how long a refusal lasts.
#include "config.h"

#include "wire_fixture.h"

#include "core/backoff.h"
#include "numspot/session.h"

static void start(struct session *session)
{
    session_init(session, "id", "first-secret", 1);
}

static enum session_result ask(
    struct session *session, int status, const char *body, int64_t now_ms)
{
    transfer_free(session_ask(session));
    struct transfer_result result = answered(1, status, body);
    enum session_result outcome = session_receive(session, &result, now_ms);
    transfer_result_deinit(&result);
    return outcome;
}

static enum session_result log_in(struct session *session, int64_t now_ms)
{
    return ask(session, 200, "{\"access_token\":\"token-1\",\"expires_in\":3600}", now_ms);
}

static void test_life_of_a_token(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    assert_true(session_wants_token(&session, 0));
    transfer_free(session_ask(&session));
    assert_false(session_wants_token(&session, 0));
    assert_false(session_is_blocked(&session, 0));
    assert_int_equal(log_in(&session, 0), SESSION_GRANTED);
    assert_true(session_has_token(&session, 3599999));
    assert_false(session_wants_token(&session, 3539999));
    assert_true(session_wants_token(&session, 3540000));
    assert_false(session_has_token(&session, 3600000));
    session_advance(&session, 3600000);
    assert_null(session.token.access);
    session_deinit(&session);
}

static const struct {
    int status;
    const char *body;
    enum session_result result;
} answers[] = {
    {400, "{\"error\":\"invalid_client\"}", SESSION_REFUSED},
    {401, "", SESSION_REFUSED},
    {403, "<html>", SESSION_REFUSED},
    {200, "{}", SESSION_FAILED},
    {200, "<html>", SESSION_FAILED},
    {201, "{\"access_token\":\"token-1\"}", SESSION_FAILED},
    {302, "", SESSION_FAILED},
    {404, "", SESSION_FAILED},
    {429, "", SESSION_FAILED},
    {500, "{\"error\":\"server_error\"}", SESSION_FAILED},
    {503, "", SESSION_FAILED},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct session session;
        start(&session);
        session_set_credentials(&session, "id", "first-secret", 0);
        assert_int_equal(ask(&session, answers[i].status, answers[i].body, 0), answers[i].result);
        assert_true(session_is_blocked(&session, 999));
        assert_false(session_is_blocked(&session, 2000));
        assert_int_equal(session.failure,
            answers[i].result == SESSION_REFUSED ? OUTCOME_UNAUTHENTICATED : OUTCOME_NOT_SENT);
        assert_non_null(strstr(session.failure_cause, "token"));
        assert_int_equal(
            session_wants_credentials(&session, 2000), answers[i].result == SESSION_REFUSED);
        session_deinit(&session);
    }
}

// What was not read again just before it was refused is read again first.
static void test_refusal_is_final_after_reading(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    assert_int_equal(ask(&session, 401, "", 0), SESSION_PENDING);
    assert_true(session_wants_credentials(&session, 0));
    assert_false(session_is_blocked(&session, 0));
    assert_int_equal(session_set_credentials(&session, NULL, NULL, 0), SESSION_REFUSED);
    assert_true(session_is_blocked(&session, 0));
    session_set_credentials(&session, NULL, NULL, 10000);
    log_in(&session, 10000);
    assert_int_equal(ask(&session, 401, "", 20000), SESSION_PENDING); // again after a success
    session_deinit(&session);
}

// Another client's credentials count as new ones, also when the secret is the same.
static void test_another_client(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    session_set_credentials(&session, "id-2", "first-secret", 0);
    assert_string_equal(session.client_id, "id-2");
    assert_string_equal(session.client_secret, "first-secret");
    session_deinit(&session);
}

// A transport that does not say why nothing came.
static void test_no_answer_and_no_reason(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    struct transfer_result result = {.transport = TRANSPORT_NOT_SENT};
    session_receive(&session, &result, 0);
    assert_non_null(strstr(session.failure_cause, "no answer"));
    session_deinit(&session);
}

static void test_cause_tells_no_secret(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    ask(&session, 401, "{\"error\":\"first-secret\",\"error_description\":\"first-secret\"}", 0);
    assert_string_equal(
        session.failure_cause, "the token endpoint refused them (401 ************): ************");
    session_deinit(&session);
}

static void test_waits_grow_and_are_bounded(void **state)
{
    (void)state;
    static const struct {
        int status;
        int64_t limit_ms;
    } kinds[] = {{401, BACKOFF_MAXIMUM_MS}, {503, SESSION_UNREACHED_MAXIMUM_MS}};
    for (size_t i = 0; i < 2; i++) {
        struct session session;
        start(&session);
        int64_t longest_ms = 0;
        for (int64_t turn = 0; turn < 200; turn++) {
            int64_t now_ms = turn * 10000000;
            session_set_credentials(&session, NULL, NULL, now_ms);
            ask(&session, kinds[i].status, "", now_ms);
            int64_t wait_ms = session.not_before_ms - now_ms;
            assert_true(wait_ms >= 1000 && wait_ms <= kinds[i].limit_ms);
            longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
        }
        assert_true(longest_ms > kinds[i].limit_ms * 9 / 10);
        session_retry(&session);
        assert_false(session_is_blocked(&session, 0));
        session_deinit(&session);
    }
}

// A clock that jumps back makes no wait longer, and nobody blocked who was not.
static void test_clock_back(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    log_in(&session, 1000000000);
    session_advance(&session, 5);
    session_rejected(&session, session.generation, false, 5);
    assert_false(session_is_blocked(&session, 5));
    session_set_credentials(&session, NULL, NULL, 1000000000);
    ask(&session, 401, "", 1000000000);
    session_advance(&session, 5);
    assert_true(session.not_before_ms <= 5 + BACKOFF_MAXIMUM_MS);
    session_deinit(&session);
}

static void test_only_the_present_token_is_dropped(void **state)
{
    (void)state;
    struct session session;
    start(&session);
    log_in(&session, 0);
    uint64_t old = session.generation;
    log_in(&session, 10);
    session_rejected(&session, old, false, 20);
    session_accepted(&session, old);
    assert_true(session_has_token(&session, 20));
    assert_false(session.proven);
    session_accepted(&session, session.generation);
    session_rejected(&session, session.generation, true, 20); // one request only
    assert_true(session_has_token(&session, 20));
    session_rejected(&session, session.generation, false, 20);
    assert_false(session_has_token(&session, 20));
    assert_true(session_wants_credentials(&session, 20));
    session_deinit(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_answer_and_no_reason),
        cmocka_unit_test(test_another_client),
        cmocka_unit_test(test_life_of_a_token),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_refusal_is_final_after_reading),
        cmocka_unit_test(test_cause_tells_no_secret),
        cmocka_unit_test(test_waits_grow_and_are_bounded),
        cmocka_unit_test(test_clock_back),
        cmocka_unit_test(test_only_the_present_token_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
