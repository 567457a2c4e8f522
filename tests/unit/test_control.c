// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The control server as its clients see it: what a handler is told, and the form of answers.
#include "config.h"

#include "control_fixture.h"

#include <curl/curl.h>

static void a_handler_is_told_what_was_asked(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *target;
        const char *wanted;
    } cases[] = {
        {"/", "GET / q=none body=0: writer uid %u"},
        {"/images", "GET /images [images] q=none body=0: writer uid %u"},
        {"/images/", "GET /images/ [images] [] q=none body=0: writer uid %u"},
        {"//a", "GET //a [] [a] q=none body=0: writer uid %u"},
        {"/images/team%2Fweb%20base/retry?q=a%26b+c%2B",
            "GET /images/team%2Fweb%20base/retry [images] [team/web base] [retry] q=a&b c+ body=0: "
            "writer uid %u"},
        {"/a%2e%2E/..", "GET /a%2e%2E/.. [a..] [..] q=none body=0: writer uid %u"},
        {"/caf%C3%A9?q", "GET /caf%C3%A9 [caf\xc3\xa9] q= body=0: writer uid %u"},
        {"/x?q=1&q=2&p=3", "GET /x [x] q=1 body=0: writer uid %u"},
    };
    must_open(fixture, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(text_deinit) struct text wanted = {0};
        text_append(&wanted, cases[i].wanted);
        wanted.bytes[wanted.length - 2] = '\0';
        CLEANUP(memory_free_text)
        char *full = memory_format("%s%u", wanted.bytes, (unsigned)getuid());
        assert_int_equal(status_of(get(fixture, cases[i].target)), 200);
        assert_string_equal(text_string(&fixture->told), full);
    }
}

static void what_is_not_well_formed_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char *const targets[] = {"/%", "/%4", "/%zz", "/a%00b", "/%ff", "/x?q=%",
        "/x?q=%00", "/x?%ff=1", "/%c0%8a", "/x\xff"};
    must_open(fixture, 0);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        const char *answer = get(fixture, targets[i]);
        assert_int_equal(status_of(answer), 400);
        assert_non_null(strstr(answer, "application/problem+json"));
    }
    assert_int_equal(fixture->calls, 0);
}

static void answers_have_their_headers(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    const char *answer = get(fixture, "/");
    assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff\r\n"));
    assert_non_null(strstr(answer, "Cache-Control: no-cache\r\n"));
    assert_non_null(strstr(answer, "X-Test: yes\r\n"));
    assert_null(strstr(answer, "ETag"));
    assert_non_null(strstr(answer, "\r\n\r\n{\"ok\":true}"));
}

static void head_is_get_without_a_body(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    int client = connect_to(fixture->path);
    const char request[] = "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    send(client, request, sizeof(request) - 1, 0);
    const char *answer = receive(fixture, client, 2);
    close(client);
    assert_int_equal(status_of(answer), 200);
    assert_non_null(strstr(answer, "Content-Length: 11\r\n"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    assert_memory_equal(text_string(&fixture->told), "GET /", 5);
}

static void a_known_tag_is_not_sent_again(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"\"v1\"", 304},
        {"W/\"v1\"", 304},
        {"*", 304},
        {"\"v0\", \"v1\"", 304},
        {"\"v0\" ,W/\"v1\"", 304},
        {"\"v0\"", 200},
        {"\"v1", 200},
        {"v1", 200},
        {"\"v11\"", 200},
        {"", 200},
    };
    must_open(fixture, 0);
    assert_non_null(strstr(get(fixture, "/tagged"), "ETag: \"v1\"\r\n"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[256];
        snprintf(request, sizeof(request),
            "GET /tagged HTTP/1.1\r\nHost: x\r\nIf-None-Match: %s\r\n\r\n", cases[i].header);
        const char *answer = exchange(fixture, request);
        assert_int_equal(status_of(answer), cases[i].status);
        assert_non_null(strstr(answer, "ETag: \"v1\"\r\n"));
        assert_int_equal(strstr(answer, "{\"ok\"") == NULL, cases[i].status == 304);
    }
}

static void problems_are_documents(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    const char *answer = get(fixture, "/missing");
    assert_int_equal(status_of(answer), 404);
    assert_non_null(strstr(answer, "Content-Type: application/problem+json\r\n"));
    assert_non_null(strstr(answer, "\"title\": \"Not Found\""));
    assert_non_null(strstr(answer, "\"status\": 404"));
    assert_non_null(strstr(answer, "\"detail\": \"no image '\\\"x\\\"'\""));

    answer = get(fixture, "/post-only");
    assert_int_equal(status_of(answer), 405);
    assert_non_null(strstr(answer, "Allow: POST\r\n"));
    assert_non_null(strstr(answer, "\"detail\": \"GET is not possible here; allowed: POST\""));
}

static void a_body_arrives_up_to_its_limit(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        size_t length;
        int status;
    } cases[] = {
        {0, 200},
        {5, 200},
        {CONTROL_BODY_LIMIT_BYTES, 200},
        {CONTROL_BODY_LIMIT_BYTES + 1, 413},
    };
    must_open(fixture, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(text_deinit) struct text request = {0};
        unsigned calls = fixture->calls;
        text_format(&request, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
            cases[i].length);
        for (size_t sent = 0; sent < cases[i].length; sent++)
            text_append_n(&request, "y", 1);
        assert_int_equal(status_of(exchange(fixture, text_string(&request))), cases[i].status);
        assert_int_equal(fixture->calls - calls, cases[i].status == 200);
        char body[64];
        snprintf(body, sizeof(body), "body=%zu:", cases[i].length);
        if (cases[i].status == 200)
            assert_non_null(strstr(text_string(&fixture->told), body));
    }
}

static void a_body_without_a_length_is_bounded_as_well(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    CLEANUP(text_deinit) struct text request = {0};
    text_append(&request, "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i <= CONTROL_BODY_LIMIT_BYTES / 0x2000; i++) {
        text_append(&request, "2000\r\n"); // 8 KiB
        for (int j = 0; j < 0x2000; j++)
            text_append_n(&request, "y", 1);
        text_append(&request, "\r\n");
    }
    text_append(&request, "0\r\n\r\n");
    assert_int_equal(status_of(exchange(fixture, text_string(&request))), 413);
    assert_int_equal(fixture->calls, 0);
}

static void an_answer_may_come_later(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    int client = connect_to(fixture->path);
    const char request[] = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
    send(client, request, sizeof(request) - 1, 0);
    while (fixture->kept == NULL)
        turn(fixture);
    // Others are served meanwhile.
    assert_int_equal(status_of(get(fixture, "/")), 200);
    control_reply(fixture->kept,
        &(struct control_answer){.status = 202, .body = memory_text("late"), .length = 4});
    const char *answer = receive(fixture, client, 1);
    assert_int_equal(status_of(answer), 202);
    assert_non_null(strstr(answer, "\r\n\r\nlate"));
    // The connection serves on.
    send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 0);
    assert_int_equal(status_of(receive(fixture, client, 1)), 200);
    close(client);
}

static void one_connection_serves_many_requests(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    int client = connect_to(fixture->path);
    for (int i = 0; i < 3; i++)
        send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 0);
    assert_true(has_answers(receive(fixture, client, 3), 3));
    assert_int_equal(fixture->calls, 3);
    close(client);
}

static void a_client_that_left_is_answered_in_vain(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    int client = connect_to(fixture->path);
    const char request[] = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
    send(client, request, sizeof(request) - 1, 0);
    while (fixture->kept == NULL)
        turn(fixture);
    close(client);
    for (int i = 0; i < 20; i++)
        turn(fixture);
    assert_true(control_can_write(fixture->kept));
    control_reply_problem(fixture->kept, 503, "too late");
    for (int i = 0; i < 20; i++)
        turn(fixture);
    assert_int_equal(status_of(get(fixture, "/")), 200);
}

static void closing_leaves_pending_requests_valid(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture, 0);
    int client = connect_to(fixture->path);
    const char request[] = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
    send(client, request, sizeof(request) - 1, 0);
    while (fixture->kept == NULL)
        turn(fixture);
    control_close(fixture->control);
    fixture->control = NULL;
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_string_equal(control_path(fixture->kept), "/later");
    assert_false(control_has_tag(fixture->kept, "v1"));
    control_reply_problem(fixture->kept, 503, "closed");
    close(client);
}

static void close_at_once(struct control_request *request, void *data)
{
    struct fixture *fixture = data;
    control_reply(request, &(struct control_answer){.status = 204});
    control_close(fixture->control);
    fixture->control = NULL;
}

static void a_handler_may_close(void **state)
{
    struct fixture *fixture = *state;
    const struct control_options options = {.socket_path = fixture->path};
    fixture->control = control_new(&fixture->loop, &options, close_at_once, fixture, NULL);
    int client = connect_to(fixture->path);
    send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, 0);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_null(fixture->control);
    close(client);
}

// libcurl, as imagectl uses it, on another thread.
struct curl_work {
    const char *path;
    CURLcode result;
    long status;
    long connects;
};

static size_t ignore(char *bytes, size_t size, size_t count, void *data)
{
    (void)bytes;
    (void)data;
    return size * count;
}

static void use_curl(void *data)
{
    struct curl_work *work = data;
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, work->path);
    curl_easy_setopt(curl, CURLOPT_URL, "http://imaged/images/a%2Fb?q=1");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{\"all\":true}");
    work->result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &work->status);
    curl_easy_cleanup(curl);
}

static void libcurl_is_served(void **state)
{
    struct fixture *fixture = *state;
    struct curl_work work = {.path = fixture->path, .result = CURLE_AGAIN};
    uv_thread_t thread;
    must_open(fixture, 0);
    assert_int_equal(uv_thread_create(&thread, use_curl, &work), 0);
    int64_t limit = now_ms() + 5000;
    while (fixture->calls == 0 && now_ms() < limit)
        turn(fixture);
    for (int i = 0; i < 50; i++)
        turn(fixture);
    uv_thread_join(&thread);
    assert_int_equal(work.result, CURLE_OK);
    assert_int_equal(work.status, 200);
    assert_non_null(strstr(text_string(&fixture->told),
        "POST /images/a%2Fb [images] [a/b] q=1 body=12:{\"all\":true}"));
}

#define CONTROL_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROL_TEST(a_handler_is_told_what_was_asked),
        CONTROL_TEST(what_is_not_well_formed_is_refused),
        CONTROL_TEST(answers_have_their_headers),
        CONTROL_TEST(head_is_get_without_a_body),
        CONTROL_TEST(a_known_tag_is_not_sent_again),
        CONTROL_TEST(problems_are_documents),
        CONTROL_TEST(a_body_arrives_up_to_its_limit),
        CONTROL_TEST(a_body_without_a_length_is_bounded_as_well),
        CONTROL_TEST(an_answer_may_come_later),
        CONTROL_TEST(one_connection_serves_many_requests),
        CONTROL_TEST(a_client_that_left_is_answered_in_vain),
        CONTROL_TEST(closing_leaves_pending_requests_valid),
        CONTROL_TEST(a_handler_may_close),
        CONTROL_TEST(libcurl_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
