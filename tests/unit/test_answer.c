// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What an HTTP exchange means, for every operation and every status.
#include "config.h"

#include "wire_fixture.h"

#include "core/text.h"
#include "numspot/answer.h"

#define WALL_MS INT64_C(1795600800000)

#define IMAGE "{\"id\":\"ami-1da964b7\",\"name\":\"web-base\",\"state\":\"available\"}"
#define PROBLEM(type, title, detail)                                                               \
    "{\"type\":\"" type "\",\"title\":\"" title "\",\"detail\":\"" detail "\"}"
#define HTML "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"

static struct answer decode(enum operation operation, struct transfer_result result)
{
    struct request *request = valid_request(operation);
    request->id = 77;
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    assert_int_equal(answer.request_id, 77);
    assert_int_equal(answer.operation, operation);
    if (answer.outcome != OUTCOME_OK)
        assert_non_null(answer.explanation);
    request_free(request);
    transfer_result_deinit(&result);
    return answer;
}

static enum outcome outcome_of(enum operation operation, int status, const char *body)
{
    struct answer answer = decode(operation, answered(1, status, body));
    enum outcome outcome = answer.outcome;
    if (outcome != OUTCOME_OK)
        assert_true(answer.images.count == 0 && answer.source_count == 0);
    answer_deinit(&answer);
    return outcome;
}

// Of refusals and failures, by class of operation; the body does not matter.
static const struct {
    int status;
    enum outcome read;
    enum outcome write;
} statuses[] = {
    {100, OUTCOME_BROKEN, OUTCOME_LOST},
    {199, OUTCOME_BROKEN, OUTCOME_LOST},
    {301, OUTCOME_BROKEN, OUTCOME_LOST},
    {302, OUTCOME_BROKEN, OUTCOME_LOST},
    {303, OUTCOME_BROKEN, OUTCOME_LOST},
    {304, OUTCOME_BROKEN, OUTCOME_LOST},
    {307, OUTCOME_BROKEN, OUTCOME_LOST},
    {400, OUTCOME_INVALID, OUTCOME_INVALID},
    {401, OUTCOME_UNAUTHENTICATED, OUTCOME_UNAUTHENTICATED},
    {402, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {403, OUTCOME_FORBIDDEN, OUTCOME_FORBIDDEN},
    {405, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {406, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {408, OUTCOME_BROKEN, OUTCOME_LOST},
    {409, OUTCOME_CONFLICT, OUTCOME_CONFLICT},
    {410, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {413, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {414, OUTCOME_TOO_LONG, OUTCOME_TOO_LONG},
    {415, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {422, OUTCOME_REJECTED, OUTCOME_REJECTED},
    {424, OUTCOME_DEPENDENCY, OUTCOME_DEPENDENCY},
    {429, OUTCOME_THROTTLED, OUTCOME_THROTTLED},
    {499, OUTCOME_BROKEN, OUTCOME_LOST},
    {500, OUTCOME_BROKEN, OUTCOME_LOST},
    {501, OUTCOME_BROKEN, OUTCOME_LOST},
    {502, OUTCOME_BROKEN, OUTCOME_LOST},
    {503, OUTCOME_BROKEN, OUTCOME_LOST},
    {504, OUTCOME_BROKEN, OUTCOME_LOST},
    {599, OUTCOME_BROKEN, OUTCOME_LOST},
    {0, OUTCOME_BROKEN, OUTCOME_LOST},
    {-1, OUTCOME_BROKEN, OUTCOME_LOST},
    {999, OUTCOME_BROKEN, OUTCOME_LOST},
};

static void test_every_status(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", HTML, "{\"items\":[]}", "{\"cut", PROBLEM("urn:x#y", "Title", "some detail"), IMAGE};
    for (int operation = 0; operation < OPERATION_COUNT; operation++)
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
            for (size_t j = 0; j < sizeof(bodies) / sizeof(bodies[0]); j++) {
                enum outcome wanted = operation_is_write((enum operation)operation)
                                          ? statuses[i].write
                                          : statuses[i].read;
                enum outcome got = outcome_of(
                    (enum operation)operation, statuses[i].status, bodies[j]);
                if (got != wanted)
                    fail_msg("%s, %d, '%s': %s", operation_name((enum operation)operation),
                        statuses[i].status, bodies[j], outcome_name(got));
            }
}

// One row a body that comes with 2xx: is it what the operation promises?
static const struct {
    enum operation operation;
    int status;
    const char *body;
    enum outcome outcome;
} successes[] = {
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[]}", OUTCOME_OK},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE "]}", OUTCOME_OK},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE "],\"next\":7}", OUTCOME_OK},
    {OPERATION_LIST_IMAGES, 200, "{}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":null}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":{}}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"Items\":[]}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "[]", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "null", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 204, "", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, " \r\n\t", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "[]", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":{}}", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{}]}", OUTCOME_BROKEN},
    {OPERATION_READ_IMAGE, 200, "[]", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{\"id\":\"\"}]}", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{\"id\":1}]}", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{\"id\":\"a\",\"state\":1}]}", OUTCOME_BROKEN},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{\"id\":\"a\",\"volumeSize\":\"1\"}]}",
        OUTCOME_BROKEN},
    {OPERATION_READ_VMS, 200, "{\"items\":[{\"id\":\"a\",\"tags\":1}]}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, HTML, OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE, OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE "]} trailing", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE ",{}]}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[" IMAGE ",null]}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[{\"id\":\"\"}]}", OUTCOME_BROKEN},
    {OPERATION_LIST_IMAGES, 200, "{\"items\":[{\"id\":7}]}", OUTCOME_BROKEN},
    {OPERATION_READ_IMAGE, 200, IMAGE, OUTCOME_OK},
    {OPERATION_READ_IMAGE, 200, "{\"id\":\"ami-other\"}", OUTCOME_BROKEN},
    {OPERATION_READ_IMAGE, 200, "{\"items\":[" IMAGE "]}", OUTCOME_BROKEN},
    {OPERATION_READ_IMAGE, 200, "", OUTCOME_BROKEN},
    {OPERATION_CREATE_IMAGE, 201, IMAGE, OUTCOME_OK},
    {OPERATION_CREATE_IMAGE, 200, IMAGE, OUTCOME_OK},
    {OPERATION_CREATE_IMAGE, 202, "", OUTCOME_LOST},
    {OPERATION_CREATE_IMAGE, 201, "", OUTCOME_LOST},
    {OPERATION_CREATE_IMAGE, 201, "{}", OUTCOME_LOST},
    {OPERATION_CREATE_IMAGE, 201, HTML, OUTCOME_LOST},
    {OPERATION_CREATE_IMAGE, 201, "{\"id\":\"ami-1da9", OUTCOME_LOST},
    {OPERATION_SET_ACCESS, 200, IMAGE, OUTCOME_OK},
    {OPERATION_SET_ACCESS, 200, "{\"id\":\"ami-other\"}", OUTCOME_LOST},
    {OPERATION_SET_ACCESS, 204, "", OUTCOME_LOST},
    {OPERATION_SET_TAGS, 204, "", OUTCOME_OK},
    {OPERATION_SET_TAGS, 200, "", OUTCOME_OK},
    {OPERATION_SET_TAGS, 200, " {} \n", OUTCOME_OK},
    {OPERATION_SET_TAGS, 200, HTML, OUTCOME_LOST},
    {OPERATION_REMOVE_TAGS, 204, "", OUTCOME_OK},
    {OPERATION_DELETE_IMAGE, 204, "", OUTCOME_OK},
    {OPERATION_DELETE_IMAGE, 200, HTML, OUTCOME_LOST},
    {OPERATION_DELETE_SNAPSHOT, 204, "", OUTCOME_OK},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[]}", OUTCOME_OK},
    {OPERATION_READ_SNAPSHOTS, 200, "{\"items\":[{\"id\":\"snap-1\",\"volumeSize\":\"x\"}]}",
        OUTCOME_BROKEN},
    {OPERATION_READ_VMS, 200, "{\"items\":[{\"id\":\"i-1\"},{}]}", OUTCOME_BROKEN},
    {OPERATION_READ_VMS, 200, "{\"items\":[7]}", OUTCOME_BROKEN},
};

static void test_every_success(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(successes) / sizeof(successes[0]); i++) {
        enum outcome got = outcome_of(
            successes[i].operation, successes[i].status, successes[i].body);
        if (got != successes[i].outcome)
            fail_msg("%s, %d, '%s': %s", operation_name(successes[i].operation),
                successes[i].status, successes[i].body, outcome_name(got));
    }
}

static void test_404(void **state)
{
    (void)state;
    static const char about[] = PROBLEM(
        "https://docs/errors#not_found", "NotFound", "The image does not exist.");
    static const char *const others[] = {"", HTML, "{}", "{\"message\":\"no Route matched\"}",
        PROBLEM("about:blank", "Not Found", "No static resource images/ami-1da964b7.")};
    for (int i = 0; i < OPERATION_COUNT; i++) {
        enum operation operation = (enum operation)i;
        bool list = !operation_is_write(operation) && operation != OPERATION_READ_IMAGE;
        assert_int_equal(
            outcome_of(operation, 404, about), list ? OUTCOME_BROKEN : OUTCOME_NOT_FOUND);
        for (size_t j = 0; j < sizeof(others) / sizeof(others[0]); j++)
            assert_int_equal(outcome_of(operation, 404, others[j]),
                operation_is_write(operation) ? OUTCOME_LOST : OUTCOME_BROKEN);
    }
}

static void test_transport(void **state)
{
    (void)state;
    for (int i = 0; i < OPERATION_COUNT; i++) {
        enum operation operation = (enum operation)i;
        struct answer answer = decode(
            operation, unanswered(1, TRANSPORT_NOT_SENT, "cannot resolve the host"));
        assert_int_equal(answer.outcome, OUTCOME_NOT_SENT);
        assert_non_null(strstr(answer.explanation, "cannot resolve the host"));
        answer_deinit(&answer);
        answer = decode(operation, unanswered(1, TRANSPORT_LOST, "timed out"));
        assert_int_equal(
            answer.outcome, operation_is_write(operation) ? OUTCOME_LOST : OUTCOME_BROKEN);
        assert_non_null(strstr(answer.explanation, "timed out"));
        answer_deinit(&answer);
    }
}

static void test_headers(void **state)
{
    (void)state;
    struct transfer_result result = answered(1, 429, "");
    result.retry_after = memory_text("Wed, 25 Nov 2026 10:02:00 GMT");
    result.date = memory_text("Wed, 25 Nov 2026 10:01:30 GMT");
    result.request_id = memory_text("req-1\nforged: yes");
    struct answer answer = decode(OPERATION_LIST_IMAGES, result);
    assert_int_equal(answer.status, 429);
    assert_true(answer.retry_after_ms == 30000); // by the server's clock, not by ours
    assert_true(answer.server_wall_ms == WALL_MS + 90000);
    assert_string_equal(answer.cloud_request_id, "req-1 forged: yes");
    answer_deinit(&answer);
    result = answered(1, 503, HTML);
    result.retry_after = memory_text("Wed, 25 Nov 2026 10:02:00 GMT");
    result.date = memory_text("yesterday");
    answer = decode(OPERATION_CREATE_IMAGE, result);
    assert_int_equal(answer.outcome, OUTCOME_LOST);
    assert_true(answer.retry_after_ms == 120000);
    assert_true(answer.server_wall_ms == 0);
    assert_null(answer.cloud_request_id);
    answer_deinit(&answer);
}

static void test_problem_is_kept(void **state)
{
    (void)state;
    struct answer answer = decode(OPERATION_CREATE_IMAGE,
        answered(1, 403,
            PROBLEM("urn:x#forbidden", "forbidden", "user u lacks (compute.image.create)")));
    assert_int_equal(answer.outcome, OUTCOME_FORBIDDEN);
    assert_string_equal(answer.title, "forbidden");
    assert_string_equal(answer.explanation,
        "create image: the cloud does not permit it (403 forbidden): user u lacks "
        "(compute.image.create); grant it to the client");
    answer_deinit(&answer);
    answer = decode(OPERATION_CREATE_IMAGE,
        answered(1, 400,
            "{\"type\":\"urn:x\",\"title\":\"Bad\\nRequest\",\"violations\":"
            "[{\"field\":\"name\",\"description\":\"too short\"}]}"));
    assert_int_equal(answer.violation_count, 1);
    assert_string_equal(answer.violations[0].field, "name");
    assert_string_equal(answer.title, "Bad Request");
    answer_deinit(&answer);
}

static void test_only_what_was_asked_for(void **state)
{
    (void)state;
    static const char body[] =
        "{\"items\":[{\"id\":\"ami-1\",\"name\":\"a\"},{\"id\":\"ami-2\",\"name\":\"b\"},"
        "{\"id\":\"ami-3\"}]}";
    struct request *request = request_for(OPERATION_FIND_BY_NAME, "b");
    struct transfer_result result = answered(1, 200, body);
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    assert_int_equal(answer.images.count, 1);
    assert_string_equal(image_open(answer.images.items[0]).id, "ami-2");
    answer_deinit(&answer);
    request->operation = OPERATION_LIST_IMAGES;
    answer_decode(request, &result, WALL_MS, &answer);
    assert_int_equal(answer.images.count, 3);
    answer_deinit(&answer);
    transfer_result_deinit(&result);
    request_free(request);
}

// Whoever publishes an image chooses its description; and a property whose name only begins like
// that of the list is not the list.
static void test_a_nul_in_a_text_hides_no_image(void **state)
{
    (void)state;
    struct request *request = valid_request(OPERATION_LIST_IMAGES);
    struct transfer_result result = answered(1, 200,
        "{\"items\\u0000\":[],\"items\":[{\"id\":\"ami-1\",\"name\":\"a\",\"description\":\"\\u0000\"},"
        "{\"id\":\"ami-2\",\"name\":\"b\"}]}");
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    assert_int_equal(answer.outcome, OUTCOME_OK);
    assert_int_equal(answer.images.count, 2);
    answer_deinit(&answer);
    transfer_result_deinit(&result);
    request_free(request);
}

// A list of so many of these pieces.
static enum outcome outcome_of_pieces(const char *piece, size_t count)
{
    struct text body = {0};
    text_append(&body, "{\"items\":[");
    for (size_t i = 0; i < count; i++)
        text_format(&body, "%s%s", i == 0 ? "" : ",", piece);
    text_append(&body, "]}");
    struct request *request = valid_request(OPERATION_LIST_IMAGES);
    struct transfer_result result = answered(1, 200, text_string(&body));
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    enum outcome outcome = answer.outcome;
    answer_deinit(&answer);
    transfer_result_deinit(&result);
    request_free(request);
    text_deinit(&body);
    return outcome;
}

// As a tree, pieces so small would take fifty times their text. Images are nothing like that, be
// they as bare or as full of tags as can be.
static void test_many_small_pieces(void **state)
{
    (void)state;
    static const char bare[] = "{\"id\":\"ami-1\"}";
    static const char tags[] = "{\"id\":\"ami-1\",\"tags\":[{\"key\":\"a\",\"value\":\"\"},"
                               "{\"key\":\"b\",\"value\":\"\"},{\"key\":\"c\",\"value\":\"\"}]}";
    static const char quoted[] =
        "{\"id\":\"ami-1\",\"description\":\"[,[,[,\\\"[,[,[,[,[,[,[,[,[,\"}";
    assert_int_equal(outcome_of_pieces(bare, 100000), OUTCOME_OK);
    assert_int_equal(outcome_of_pieces(tags, 100000), OUTCOME_OK);
    assert_int_equal(outcome_of_pieces(quoted, 100000), OUTCOME_OK);
    assert_int_equal(outcome_of_pieces("[]", 100), OUTCOME_BROKEN);
    assert_int_equal(outcome_of_pieces("[]", 1000000), OUTCOME_BROKEN);
    assert_int_equal(
        outcome_of_pieces("{\"id\":\"ami-1\",\"x\":[[],[],[],[],[]]}", 100), OUTCOME_OK);
    assert_int_equal(
        outcome_of_pieces("{\"id\":\"ami-1\",\"x\":[[],[],[],[],[],[],[],[],[]]}", 100000),
        OUTCOME_BROKEN);
}

static void test_sources(void **state)
{
    (void)state;
    struct answer answer = decode(OPERATION_READ_SNAPSHOTS,
        answered(1, 200,
            "{\"items\":[{\"id\":\"snap-1\",\"state\":\"completed\",\"volumeSize\":11,\"progress\":100,"
            "\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]},{\"id\":\"snap-2\",\"volumeSize\":-1}]}"));
    assert_int_equal(answer.outcome, OUTCOME_OK);
    assert_int_equal(answer.source_count, 2);
    assert_string_equal(answer.sources[0].state, "completed");
    assert_true(answer.sources[0].volume_size_gib == 11);
    assert_string_equal(tag_list_find(&answer.sources[0].tags, "a"), "b");
    assert_null(answer.sources[1].state);
    assert_true(answer.sources[1].volume_size_gib == 0);
    answer_deinit(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status),
        cmocka_unit_test(test_every_success),
        cmocka_unit_test(test_404),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_problem_is_kept),
        cmocka_unit_test(test_only_what_was_asked_for),
        cmocka_unit_test(test_a_nul_in_a_text_hides_no_image),
        cmocka_unit_test(test_many_small_pieces),
        cmocka_unit_test(test_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
