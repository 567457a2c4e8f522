// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The client's promises about tokens and credentials, one by one (numspot/client.h; cases 16, 45).
#include "config.h"

#include "client_fixture.h"

static void test_token_first(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    assert_nothing_to_send(&fixture);
    assert_true(client_next_wake(fixture.client) == INSTANT_NEVER);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    assert_true(client_next_wake(fixture.client) <= fixture.now.monotonic_ms);
    uint64_t token = expect(&fixture, true);
    assert_nothing_to_send(&fixture);
    assert_true(client_next_wake(fixture.client) == INSTANT_NEVER);
    grant(&fixture, token, "token-1", 3600);
    struct transfer *transfer = next(&fixture);
    assert_string_equal(transfer->bearer, "token-1");
    assert_string_equal(transfer->method, "DELETE");
    assert_int_equal(client_in_flight(fixture.client), 1);
    receive(&fixture, answered(transfer->id, 204, ""));
    transfer_free(transfer);
    assert_int_equal(expect_answer(&fixture, OUTCOME_OK, NULL), 1);
    stop(&fixture);
}

// Case 16: the token is revoked while requests are under way.
static void test_one_renewal_for_all(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    for (int i = 0; i < 20; i++)
        submit(&fixture, OPERATION_CREATE_IMAGE);
    log_in(&fixture);
    uint64_t ids[8];
    for (int i = 0; i < 8; i++)
        ids[i] = expect(&fixture, false);
    assert_nothing_to_send(&fixture);
    for (int i = 0; i < 8; i++)
        receive(&fixture, answered(ids[i], 401, ""));
    assert_true(client_wants_credentials(fixture.client, fixture.now));
    assert_nothing_to_send(&fixture);
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    for (int i = 0; i < 20; i++) {
        struct transfer *transfer = next(&fixture);
        assert_string_equal(transfer->bearer, "token-2");
        receive(&fixture, answered(transfer->id, 201, "{\"id\":\"ami-1\"}"));
        transfer_free(transfer);
        expect_answer(&fixture, OUTCOME_OK, NULL);
    }
    assert_int_equal(client_statistics(fixture.client).tokens_asked, 2);
    assert_int_equal(client_statistics(fixture.client).renewals_after_401, 8);
    stop(&fixture);
}

// A request that was sent with the old token and refused after the new one came needs no third.
static void test_late_401_needs_no_renewal(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    uint64_t first = expect(&fixture, false);
    uint64_t second = expect(&fixture, false);
    receive(&fixture, answered(first, 401, ""));
    client_set_credentials(fixture.client, NULL, NULL, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    receive(&fixture, answered(second, 401, ""));
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    expect_answer(&fixture, OUTCOME_OK, NULL);
    assert_int_equal(client_statistics(fixture.client).tokens_asked, 2);
    stop(&fixture);
}

static void reject_again(struct fixture *fixture)
{
    submit(fixture, OPERATION_DELETE_IMAGE);
    if (client_wants_credentials(fixture->client, fixture->now))
        client_set_credentials(fixture->client, "id", SECRET, fixture->now);
    grant(fixture, expect(fixture, true), "token-1", 3600);
    receive(fixture, answered(expect(fixture, false), 401, ""));
}

// An API that takes no token: no storm of renewals.
static void test_second_401(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    reject_again(&fixture);
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    receive(&fixture, answered(expect(&fixture, false), 401, ""));
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, NULL);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, "does not take the token");
    assert_nothing_to_send(&fixture);
    for (int i = 0; i < 40; i++) {
        wait_ms(&fixture, 600000);
        reject_again(&fixture);
        expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, NULL);
    }
    assert_int_equal(client_statistics(fixture.client).tokens_asked, 42);
    wait_ms(&fixture, 600000);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-3", 3600);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// A token that serves others is not thrown away for one request that is refused.
static void test_401_of_one_request_only(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    submit(&fixture, OPERATION_SET_TAGS);
    log_in(&fixture);
    uint64_t odd = expect(&fixture, false);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    receive(&fixture, answered(odd, 401, ""));
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    odd = expect(&fixture, false);
    submit(&fixture, OPERATION_SET_TAGS);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    receive(&fixture, answered(odd, 401, ""));
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, NULL);
    submit(&fixture, OPERATION_SET_TAGS);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// Case 45: the secret was exchanged; it is read again before the refusal counts.
static void test_refused_then_read_again(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_LIST_IMAGES);
    receive(&fixture, answered(expect(&fixture, true), 401, "{\"error\":\"invalid_client\"}"));
    assert_nothing_to_send(&fixture);
    assert_true(client_wants_credentials(fixture.client, fixture.now));
    client_set_credentials(fixture.client, "id", "second-secret", fixture.now);
    assert_false(client_wants_credentials(fixture.client, fixture.now));
    struct transfer *transfer = next(&fixture);
    assert_string_equal(transfer->password, "second-secret");
    grant(&fixture, transfer->id, "token-1", 3600);
    transfer_free(transfer);
    receive(&fixture, answered(expect(&fixture, false), 200, "{\"items\":[]}"));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

static void test_refused_for_good(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_LIST_IMAGES);
    submit(&fixture, OPERATION_CREATE_IMAGE);
    receive(&fixture,
        answered(expect(&fixture, true), 400,
            "{\"error\":\"invalid_client\",\"error_description\":\"first-secret is wrong\"}"));
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, "invalid_client): ************ is wrong");
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, "LoadCredential");
    submit(&fixture, OPERATION_LIST_IMAGES);
    struct answer answer;
    assert_true(client_next_answer(fixture.client, &answer));
    assert_in_range(answer.retry_after_ms, 1000, 2000);
    answer_deinit(&answer);
    assert_nothing_to_send(&fixture);
    assert_false(client_wants_credentials(fixture.client, fixture.now));
    // When it is time, the credentials are read again first.
    wait_ms(&fixture, 2000);
    assert_false(client_wants_credentials(fixture.client, fixture.now)); // for whom?
    submit(&fixture, OPERATION_LIST_IMAGES);
    assert_nothing_to_send(&fixture);
    assert_true(client_wants_credentials(fixture.client, fixture.now));
    client_set_credentials(fixture.client, NULL, NULL, fixture.now);
    receive(&fixture, answered(expect(&fixture, true), 401, ""));
    expect_answer(&fixture, OUTCOME_UNAUTHENTICATED, NULL);
    // Others are tried at once.
    client_set_credentials(fixture.client, "id", "other-secret", fixture.now);
    submit(&fixture, OPERATION_LIST_IMAGES);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 200, "{\"items\":[]}"));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// A refusal of what was exchanged while it was under way says nothing of the new.
static void test_exchanged_while_asking(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_LIST_IMAGES);
    uint64_t token = expect(&fixture, true);
    client_set_credentials(fixture.client, "id", "second-secret", fixture.now);
    receive(&fixture, answered(token, 401, "{\"error\":\"invalid_client\"}"));
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 200, "{\"items\":[]}"));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

static void test_token_endpoint_down(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_CREATE_IMAGE);
    receive(
        &fixture, unanswered(expect(&fixture, true), TRANSPORT_NOT_SENT, "cannot resolve host"));
    expect_answer(&fixture, OUTCOME_NOT_SENT, "cannot resolve host");
    submit(&fixture, OPERATION_CREATE_IMAGE);
    expect_answer(&fixture, OUTCOME_NOT_SENT, "cannot resolve host");
    static const char *const bodies[] = {"<html>", "", "{}", "{\"access_token\":\"\"}"};
    for (size_t i = 0; i < 8; i++) {
        wait_ms(&fixture, 60000);
        submit(&fixture, OPERATION_CREATE_IMAGE);
        receive(&fixture, answered(expect(&fixture, true), i % 2 == 0 ? 200 : 502, bodies[i / 2]));
        expect_answer(&fixture, OUTCOME_NOT_SENT, "token");
    }
    client_retry(fixture.client);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// Renewed before its end, while requests go on with it; a renewal that fails does them no harm.
static void test_renewal_ahead(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    wait_ms(&fixture, HOUR_MS - 60001);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    wait_ms(&fixture, 1);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    uint64_t token = expect(&fixture, true);
    uint64_t request = expect(&fixture, false);
    receive(&fixture, answered(token, 503, ""));
    receive(&fixture, answered(request, 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    request = expect(&fixture, false);
    receive(&fixture, answered(request, 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    wait_ms(&fixture, 60000);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// Case 45: lives of 0, -1 and 20 seconds, over an hour with a request a second.
static void test_short_lives_are_no_storm(void **state)
{
    (void)state;
    static const struct {
        int life_s;
        unsigned most_tokens;
    } cases[] = {{0, 400}, {-1, 400}, {1, 400}, {20, 200}, {3600, 2}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        start(&fixture);
        for (int second = 0; second < 3600; second++) {
            submit(&fixture, OPERATION_DELETE_IMAGE);
            struct transfer *transfer;
            while ((transfer = next(&fixture)) != NULL) {
                if (is_token(transfer))
                    grant(&fixture, transfer->id, "token-1", cases[i].life_s);
                else
                    receive(&fixture, answered(transfer->id, 204, ""));
                transfer_free(transfer);
            }
            expect_answer(&fixture, OUTCOME_OK, NULL);
            wait_ms(&fixture, 1000);
        }
        assert_in_range(client_statistics(fixture.client).tokens_asked, 1, cases[i].most_tokens);
        stop(&fixture);
    }
}

static void test_token_endpoint_throttles(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    struct transfer_result result = answered(expect(&fixture, true), 429, "");
    result.retry_after = memory_text("60");
    receive(&fixture, result);
    expect_answer(&fixture, OUTCOME_NOT_SENT, "429");
    wait_ms(&fixture, 20000);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect_answer(&fixture, OUTCOME_THROTTLED, "40 s more");
    stop(&fixture);
}

// The monotonic clock counts while the machine sleeps: a token that ran out meanwhile is not used.
static void test_suspended_over_night(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    wait_ms(&fixture, 8 * HOUR_MS);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token_first),
        cmocka_unit_test(test_one_renewal_for_all),
        cmocka_unit_test(test_late_401_needs_no_renewal),
        cmocka_unit_test(test_second_401),
        cmocka_unit_test(test_401_of_one_request_only),
        cmocka_unit_test(test_refused_then_read_again),
        cmocka_unit_test(test_refused_for_good),
        cmocka_unit_test(test_exchanged_while_asking),
        cmocka_unit_test(test_token_endpoint_down),
        cmocka_unit_test(test_renewal_ahead),
        cmocka_unit_test(test_short_lives_are_no_storm),
        cmocka_unit_test(test_token_endpoint_throttles),
        cmocka_unit_test(test_suspended_over_night),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
