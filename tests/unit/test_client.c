// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The client's promises about pace, order and answers, one by one (numspot/client.h; cases 17, 18,
// 46).
#include "config.h"

#include "client_fixture.h"

#include "numspot/answer.h"

static void test_short_hold_is_waited_out(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    struct transfer_result result = answered(expect(&fixture, false), 429, "");
    result.retry_after = memory_text("5");
    receive(&fixture, result);
    expect_answer(&fixture, OUTCOME_THROTTLED, "5 s more");
    submit(&fixture, OPERATION_DELETE_IMAGE);
    assert_nothing_to_send(&fixture);
    assert_true(client_next_wake(fixture.client) == fixture.now.monotonic_ms + 5000);
    wait_ms(&fixture, 4999);
    assert_nothing_to_send(&fixture);
    wait_ms(&fixture, 1);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    assert_int_equal(client_statistics(fixture.client).rate_milli, 500000);
    stop(&fixture);
}

// Case 17; and nobody waits two minutes in the queue.
static void test_long_hold_is_answered(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    for (int i = 0; i < 10; i++)
        submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    struct transfer_result result = answered(expect(&fixture, false), 503, "<html>");
    result.retry_after = memory_text("Wed, 25 Nov 2026 10:02:00 GMT");
    receive(&fixture, result);
    expect_answer(&fixture, OUTCOME_LOST, NULL);
    for (int i = 0; i < 9; i++)
        expect_answer(&fixture, OUTCOME_THROTTLED, "120 s more");
    wait_ms(&fixture, 50000);
    submit(&fixture, OPERATION_LIST_IMAGES);
    expect_answer(&fixture, OUTCOME_THROTTLED, "70 s more");
    wait_ms(&fixture, 70000);
    submit(&fixture, OPERATION_LIST_IMAGES);
    receive(&fixture, answered(expect(&fixture, false), 200, "{\"items\":[]}"));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    assert_int_equal(client_statistics(fixture.client).rate_milli, 1000000);
    const struct tally *tally = client_tally(fixture.client);
    assert_int_equal(tally->count, 3); // a token, a deletion that met 503, and a list
    for (size_t i = 0; i < tally->count; i++)
        assert_int_equal(tally->rows[i].count, 1);
    stop(&fixture);
}

// Each 429 comes after something that went well: the holds do not grow.
static void test_holds_start_anew(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    for (int i = 0; i < 30; i++) {
        receive(&fixture, answered(expect(&fixture, false), 429, ""));
        struct answer answer;
        assert_true(client_next_answer(fixture.client, &answer));
        assert_in_range(answer.retry_after_ms, 1000, 2000);
        wait_ms(&fixture, answer.retry_after_ms);
        answer_deinit(&answer);
        submit(&fixture, OPERATION_DELETE_IMAGE);
        receive(&fixture, answered(expect(&fixture, false), 204, ""));
        expect_answer(&fixture, OUTCOME_OK, NULL);
        submit(&fixture, OPERATION_DELETE_IMAGE);
        wait_ms(&fixture, 1000);
    }
    client_cancel_queued(fixture.client);
    expect_answer(&fixture, OUTCOME_NOT_SENT, NULL);
    stop(&fixture);
}

static void test_bounds(void **state)
{
    (void)state;
    struct client_options options = fixture_options();
    options.limits = (struct client_limits){.rate = 10, .burst = 5, .in_flight = 3};
    struct fixture fixture;
    start_with(&fixture, &options);
    for (int i = 0; i < 10; i++)
        submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    uint64_t ids[3] = {expect(&fixture, false), expect(&fixture, false), expect(&fixture, false)};
    assert_nothing_to_send(&fixture);
    assert_true(client_next_wake(fixture.client) == INSTANT_NEVER);
    receive(&fixture, answered(ids[0], 204, ""));
    ids[0] = expect(&fixture, false); // the fifth, with the token
    receive(&fixture, answered(ids[1], 204, ""));
    assert_nothing_to_send(&fixture);
    assert_true(client_next_wake(fixture.client) == fixture.now.monotonic_ms + 100);
    wait_ms(&fixture, 100);
    ids[1] = expect(&fixture, false);
    client_cancel_queued(fixture.client);
    expect_answer(&fixture, OUTCOME_OK, NULL);
    expect_answer(&fixture, OUTCOME_OK, NULL);
    for (int i = 0; i < 5; i++)
        expect_answer(&fixture, OUTCOME_NOT_SENT, "cancelled");
    for (int i = 0; i < 3; i++)
        receive(&fixture, answered(ids[i], 204, ""));
    for (int i = 0; i < 3; i++)
        expect_answer(&fixture, OUTCOME_OK, NULL);
    client_set_limits(fixture.client,
        &(struct client_limits){.rate = 0, .burst = 0, .in_flight = 0}, fixture.now);
    wait_ms(&fixture, 60000);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    ids[0] = expect(&fixture, false);
    assert_nothing_to_send(&fixture);
    receive(&fixture, answered(ids[0], 204, ""));
    assert_nothing_to_send(&fixture);
    wait_ms(&fixture, 1000);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

static void test_strangers_are_ignored(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    receive(&fixture, answered(0, 204, ""));
    receive(&fixture, answered(99, 204, ""));
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    uint64_t id = expect(&fixture, false);
    receive(&fixture, answered(id, 204, ""));
    receive(&fixture, answered(id, 500, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

static void test_what_cannot_be_said(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    struct request *request = request_for(OPERATION_DELETE_IMAGE, "");
    request->id = 7;
    client_submit(fixture.client, request, fixture.now);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    assert_int_equal(expect_answer(&fixture, OUTCOME_INVALID, "cannot be an id"), 7);
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

// Case 46: after a transfer that failed, the next ones do not trust the pool.
static void test_fresh_connection_after_failure(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    receive(&fixture, unanswered(expect(&fixture, false), TRANSPORT_LOST, "timed out"));
    expect_answer(&fixture, OUTCOME_LOST, "timed out");
    for (int i = 0; i < 2; i++) {
        submit(&fixture, OPERATION_DELETE_IMAGE);
        struct transfer *transfer = next(&fixture);
        assert_int_equal(transfer->fresh_connection, i == 0);
        receive(&fixture, answered(transfer->id, 204, ""));
        transfer_free(transfer);
        expect_answer(&fixture, OUTCOME_OK, NULL);
    }
    stop(&fixture);
}

static void test_secrets_sent_back_are_blotted_out(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_CREATE_IMAGE);
    log_in(&fixture);
    struct transfer_result result = answered(expect(&fixture, false), 400,
        "{\"type\":\"urn:x\",\"title\":\"token-1\",\"detail\":\"Bearer token-1 of first-secret\","
        "\"violations\":[{\"field\":\"token-1\",\"description\":\"first-secret\"}]}");
    result.request_id = memory_text("token-1");
    receive(&fixture, result);
    struct answer answer;
    assert_true(client_next_answer(fixture.client, &answer));
    const char *const texts[] = {answer.title, answer.detail, answer.explanation,
        answer.cloud_request_id, answer.violations[0].field, answer.violations[0].description};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_null(strstr(texts[i], "token-1"));
        assert_null(strstr(texts[i], SECRET));
    }
    assert_string_equal(answer.detail, "Bearer ******* of ************");
    answer_deinit(&answer);
    stop(&fixture);
}

static void test_writes_go_first(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    uint64_t list = submit(&fixture, OPERATION_LIST_IMAGES);
    uint64_t write = submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    assert_int_equal(expect_answer(&fixture, OUTCOME_OK, NULL), write);
    receive(&fixture, answered(expect(&fixture, false), 200, "{\"items\":[]}"));
    assert_int_equal(expect_answer(&fixture, OUTCOME_OK, NULL), list);
    struct client_statistics statistics = client_statistics(fixture.client);
    assert_int_equal(statistics.sent[OPERATION_DELETE_IMAGE], 1);
    assert_int_equal(statistics.duration_ms[OPERATION_LIST_IMAGES], 5);
    assert_int_equal(statistics.answered[OUTCOME_OK], 2);
    assert_true(statistics.has_token);
    stop(&fixture);
}

// Case 18: a clock set back stalls nobody for longer than a wait can be.
static void test_clock_back(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    receive(&fixture, answered(expect(&fixture, true), 502, ""));
    expect_answer(&fixture, OUTCOME_NOT_SENT, NULL);
    wait_ms(&fixture, -100 * HOUR_MS);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect_answer(&fixture, OUTCOME_NOT_SENT, NULL);
    wait_ms(&fixture, HOUR_MS / 6);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    log_in(&fixture);
    struct transfer_result result = answered(expect(&fixture, false), 503, "");
    result.retry_after = memory_text("3600");
    receive(&fixture, result);
    expect_answer(&fixture, OUTCOME_LOST, NULL);
    wait_ms(&fixture, -100 * HOUR_MS);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    expect_answer(&fixture, OUTCOME_THROTTLED, "3600 s more");
    wait_ms(&fixture, HOUR_MS);
    submit(&fixture, OPERATION_DELETE_IMAGE);
    receive(&fixture, answered(expect(&fixture, false), 204, ""));
    expect_answer(&fixture, OUTCOME_OK, NULL);
    stop(&fixture);
}

static void test_freed_in_the_middle(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    for (int i = 0; i < 5; i++)
        submit(&fixture, OPERATION_CREATE_IMAGE);
    log_in(&fixture);
    receive(&fixture, answered(expect(&fixture, false), 400, ""));
    expect(&fixture, false);
    client_free(fixture.client);
    client_free(NULL);
}

// Decodes the result as another thread would, and gives both.
static void receive_decoded(struct fixture *fixture, struct transfer_result result)
{
    const struct request *request = client_request(fixture->client, result.id);
    struct answer answer;
    assert_non_null(request);
    answer_decode(request, &result, fixture->now.wall_ms, &answer);
    client_receive_decoded(fixture->client, &result, &answer, fixture->now);
    answer_deinit(&answer);
    transfer_result_deinit(&result);
}

static void test_decoded_elsewhere(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    uint64_t asked = submit(&fixture, OPERATION_LIST_IMAGES);
    uint64_t token = expect(&fixture, true);
    assert_null(client_request(fixture.client, token)); // it is the client's own affair
    grant(&fixture, token, "token-1", 3600);
    uint64_t id = expect(&fixture, false);
    receive_decoded(&fixture, answered(id, 401, "")); // not given, and not lost: it is sent again
    assert_null(client_request(fixture.client, id));
    client_set_credentials(fixture.client, "id", SECRET, fixture.now);
    grant(&fixture, expect(&fixture, true), "token-2", 3600);
    id = expect(&fixture, false);
    receive_decoded(
        &fixture, answered(id, 200, "{\"items\":[{\"id\":\"ami-1\"},{\"id\":\"ami-2\"}]}"));
    struct answer answer;
    assert_true(client_next_answer(fixture.client, &answer));
    assert_int_equal(answer.request_id, asked);
    assert_int_equal(answer.outcome, OUTCOME_OK);
    assert_int_equal(answer.images.count, 2);
    answer_deinit(&answer);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_hold_is_waited_out),
        cmocka_unit_test(test_long_hold_is_answered),
        cmocka_unit_test(test_holds_start_anew),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_strangers_are_ignored),
        cmocka_unit_test(test_what_cannot_be_said),
        cmocka_unit_test(test_fresh_connection_after_failure),
        cmocka_unit_test(test_secrets_sent_back_are_blotted_out),
        cmocka_unit_test(test_writes_go_first),
        cmocka_unit_test(test_clock_back),
        cmocka_unit_test(test_freed_in_the_middle),
        cmocka_unit_test(test_decoded_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
