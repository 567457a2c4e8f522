// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The HTTP client against a server that misbehaves in every way that was met.
#include "config.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "http_client.h"
#include "http_scripts.h"
#include "http_server.h"

#define MANY  50
#define LARGE ((size_t)2 << 20)

struct fixture {
    struct http_server *server;
    struct client client;
};

static void fixture_init(struct fixture *fixture, struct http_options options)
{
    fixture->server = http_server_start(http_scripts_answer);
    CLEANUP(memory_free_text)
    char *url = memory_format("http://127.0.0.1:%d/", http_server_port(fixture->server));
    client_init(&fixture->client, url, options);
}

static void fixture_deinit(struct fixture *fixture)
{
    client_deinit(&fixture->client);
    http_server_stop(fixture->server);
}

static size_t count_requests(struct http_server *server, const char *beginning)
{
    size_t count = 0;
    const char *text;
    for (size_t i = 0; (text = http_server_request_text(server, i)) != NULL; i++)
        count += strncmp(text, beginning, strlen(beginning)) == 0;
    return count;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct outcome_case {
    const char *method;
    const char *path;
    enum transport transport;
    int status;
    const char *body;
    const char *retry_after;
    const char *request_id;
    const char *explanation; // a part of it
} outcomes[] = {
    {"GET", "/plain", TRANSPORT_ANSWERED, 200, "{\"a\":1}", "120", "r-1", NULL},
    {"POST", "/plain", TRANSPORT_ANSWERED, 200, "{\"a\":1}", "120", "r-1", NULL},
    {"GET", "/interim", TRANSPORT_ANSWERED, 200, "{}", NULL, NULL, NULL},
    {"GET", "/trailer", TRANSPORT_ANSWERED, 200, "{}", NULL, NULL, NULL},
    {"DELETE", "/nothing", TRANSPORT_ANSWERED, 204, "", NULL, NULL, NULL},
    {"GET", "/redirect", TRANSPORT_ANSWERED, 302, "", NULL, NULL, NULL},
    {"POST", "/redirect", TRANSPORT_ANSWERED, 302, "", NULL, NULL, NULL},
    {"GET", "/unavailable", TRANSPORT_ANSWERED, 503, "html", "30", "c?-1", NULL},
    {"GET", "/until-closed", TRANSPORT_ANSWERED, 200, "all of it", NULL, NULL, NULL},
    {"POST", "/close", TRANSPORT_LOST, 0, NULL, NULL, NULL, "without an answer"},
    {"POST", "/half", TRANSPORT_LOST, 0, NULL, NULL, NULL, "in the middle"},
    {"GET", "/half-chunk", TRANSPORT_LOST, 0, NULL, NULL, NULL, "127.0.0.1:"},
    {"GET", "/half-headers", TRANSPORT_LOST, 0, NULL, NULL, NULL, "middle of the answer's headers"},
    {"GET", "/not-http", TRANSPORT_LOST, 0, NULL, NULL, NULL, "does not answer in HTTP"},
    {"POST", "/one-byte", TRANSPORT_LOST, 0, NULL, NULL, NULL, "stopped half-way"},
    {"GET", "/endless-body", TRANSPORT_LOST, 0, NULL, NULL, NULL, "larger than allowed"},
    {"GET", "/endless-headers", TRANSPORT_LOST, 0, NULL, NULL, NULL, "headers of the answer"},
    {"POST", "/silent", TRANSPORT_LOST, 0, NULL, NULL, NULL, "request_timeout"},
};

static void check_outcome(const struct outcome_case *expected, const struct transfer_result *result)
{
    if (result->transport != expected->transport || result->status != expected->status)
        fail_msg("%s %s: transport %d, status %d (%s)", expected->method, expected->path,
            (int)result->transport, result->status,
            result->explanation == NULL ? "" : result->explanation);
    assert_int_equal(result->id, 7);
    if (!same(result->body, expected->body) || !same(result->retry_after, expected->retry_after) ||
        !same(result->request_id, expected->request_id))
        fail_msg("%s %s: body %s, Retry-After %s, id %s", expected->method, expected->path,
            result->body, result->retry_after, result->request_id);
    assert_int_equal(expected->explanation == NULL, result->explanation == NULL);
    if (expected->explanation != NULL && strstr(result->explanation, expected->explanation) == NULL)
        fail_msg("%s %s: %s", expected->method, expected->path, result->explanation);
}

static void test_outcomes(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture,
        (struct http_options){
            .request_timeout_ms = 1500, .stall_timeout_ms = 200, .header_limit_bytes = 8192});
    size_t count = sizeof(outcomes) / sizeof(outcomes[0]);
    size_t posts = 0;
    for (size_t i = 0; i < count; i++) {
        bool has_body = strcmp(outcomes[i].method, "POST") == 0;
        struct transfer *transfer = client_transfer(
            outcomes[i].method, outcomes[i].path, has_body ? "{}" : NULL);
        transfer->fresh_connection = has_body;
        posts += has_body;
        check_outcome(&outcomes[i], client_exchange(&fixture.client, transfer));
    }
    // A GET may be repeated by libcurl; nothing else may, and no redirection is followed.
    assert_int_equal(count_requests(fixture.server, "POST "), posts);
    assert_int_equal(count_requests(fixture.server, "GET /plain"), 1);
    assert_int_equal(http_in_flight(fixture.client.http), 0);
    struct http_counts counts = http_counts(fixture.client.http);
    assert_int_equal(counts.answered + counts.lost, count);
    assert_int_equal(counts.not_sent, 0);
    fixture_deinit(&fixture);
}

// libcurl would ask a server for leave to send a large body, and wait a second for those that do
// not answer.
static void check_no_expectation(struct fixture *fixture)
{
    CLEANUP(memory_free_text) char *body = memory_new(LARGE + 1, 1);
    memset(body, 'x', LARGE);
    size_t index = http_server_requests(fixture->server);
    client_exchange(&fixture->client, client_transfer("POST", "/plain", body));
    const char *text = http_server_request_text(fixture->server, index);
    assert_null(strstr(text, "Expect:"));
    assert_int_equal(strlen(strstr(text, "\r\n\r\n") + 4), LARGE);
}

static void test_what_is_sent(void **state)
{
    (void)state;
    struct fixture fixture;
    setenv("http_proxy", "http://127.0.0.1:1/", 1); // plain http must not care
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    fixture_init(&fixture, (struct http_options){.user_agent = "imaged/1.2"});
    struct transfer *transfer = client_transfer("POST", "/plain", "{\"name\":\"a\"}");
    transfer->bearer = memory_text("tok.en");
    assert_int_equal(client_exchange(&fixture.client, transfer)->transport, TRANSPORT_ANSWERED);
    const char *text = http_server_request_text(fixture.server, 0);
    static const char *const lines[] = {"POST /plain HTTP/1.1\r\n",
        "\r\nAuthorization: Bearer tok.en\r\n", "\r\nAccept: application/json\r\n",
        "\r\nCache-Control: no-cache\r\n", "\r\nContent-Type: application/json\r\n",
        "\r\nContent-Length: 12\r\n", "\r\nUser-Agent: imaged/1.2\r\n", "\r\n\r\n{\"name\":\"a\"}"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_non_null(strstr(text, lines[i]));
    assert_null(strstr(text, "Expect"));

    transfer = client_transfer("POST", "/plain", "a=b");
    transfer->content_type = "application/x-www-form-urlencoded";
    transfer->username = memory_text("demo");
    transfer->password = memory_text("demo-secret:");
    client_exchange(&fixture.client, transfer);
    text = http_server_request_text(fixture.server, 1);
    assert_non_null(strstr(text, "\r\nAuthorization: Basic ZGVtbzpkZW1vLXNlY3JldDo=\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));

    transfer = client_transfer("POST", "/plain", "{}");
    transfer->bearer = memory_text("tok.en");
    transfer->bare_token = true;
    transfer->header = "X-More: yes";
    client_exchange(&fixture.client, transfer);
    text = http_server_request_text(fixture.server, 2);
    assert_non_null(strstr(text, "\r\nAuthorization: tok.en\r\n"));
    assert_non_null(strstr(text, "\r\nX-More: yes\r\n"));

    client_exchange(&fixture.client, client_transfer("PUT", "/a/../b%20c?x=%2F&y", NULL));
    text = http_server_request_text(fixture.server, 3);
    assert_non_null(strstr(text, "PUT /a/../b%20c?x=%2F&y HTTP/1.1\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
    assert_null(strstr(text, "Authorization"));
    assert_null(strstr(text, "Content-Type"));
    check_no_expectation(&fixture);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    fixture_deinit(&fixture);
}

static void test_unsendable(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    struct transfer *transfer = client_transfer("GET", "/plain", NULL);
    transfer->bearer = memory_text("tok\r\nX-Evil: 1");
    const struct transfer_result *result = client_exchange(&fixture.client, transfer);
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_null(strstr(result->explanation, "Evil"));
    static const char *const targets[] = {"", "plain", "/a b", "/a\r\nb", "@evil.example/"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        result = client_exchange(&fixture.client, client_transfer("GET", targets[i], NULL));
        assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    }
    assert_int_equal(http_server_connections(fixture.server), 0);
    fixture_deinit(&fixture);
}

// Case 3: applied, and then the kept-alive connection is closed without an answer.
static void test_write_is_never_repeated(void **state)
{
    (void)state;
    for (int fresh = 0; fresh <= 1; fresh++) {
        struct fixture fixture;
        fixture_init(&fixture, (struct http_options){0});
        client_exchange(&fixture.client, client_transfer("PUT", "/only-first", "{}"));
        assert_int_equal(http_server_connections(fixture.server), 1);
        struct transfer *transfer = client_transfer("POST", fresh ? "/close" : "/only-first", "{}");
        transfer->fresh_connection = fresh;
        const struct transfer_result *result = client_exchange(&fixture.client, transfer);
        assert_int_equal(result->transport, TRANSPORT_LOST);
        assert_int_equal(count_requests(fixture.server, "POST "), 1);
        fixture_deinit(&fixture);
    }
}

static void test_read_is_repeated(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    for (int i = 0; i < 2; i++) {
        const struct transfer_result *result = client_exchange(
            &fixture.client, client_transfer("GET", "/only-first", NULL));
        assert_int_equal(result->transport, TRANSPORT_ANSWERED);
    }
    assert_int_equal(http_server_requests(fixture.server), 3);
    fixture_deinit(&fixture);
}

// All the connections that are kept are dead; libcurl would try each of them.
static void test_read_is_repeated_once_only(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    for (int i = 0; i < 5; i++)
        client_send(&fixture.client, client_transfer("GET", "/only-first", NULL));
    client_wait(&fixture.client, 5);
    assert_int_equal(http_server_connections(fixture.server), 5);
    const struct transfer_result *result = client_exchange(
        &fixture.client, client_transfer("GET", "/only-first", NULL));
    assert_int_equal(result->transport, TRANSPORT_LOST);
    assert_non_null(strstr(result->explanation, "not sent again"));
    assert_int_equal(http_server_requests(fixture.server), 7);
    fixture_deinit(&fixture);
}

static void test_connections_are_reused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    for (int i = 0; i < 20; i++)
        client_exchange(&fixture.client, client_transfer("GET", "/plain", NULL));
    assert_int_equal(http_server_connections(fixture.server), 1);
    struct transfer *transfer = client_transfer("POST", "/plain", "{}");
    transfer->fresh_connection = true;
    client_exchange(&fixture.client, transfer);
    assert_int_equal(http_server_connections(fixture.server), 2);
    client_exchange(&fixture.client, client_transfer("GET", "/plain", NULL));
    assert_int_equal(http_server_connections(fixture.server), 2);
    assert_int_equal(http_counts(fixture.client.http).connections, 2);
    fixture_deinit(&fixture);
}

// A server that is there, but takes no connection: its queue of them is full.
static void test_not_connected(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    CLEANUP(memory_free_text)
    char *url = memory_format("http://localhost:%d", ntohs(address.sin_port));
    struct client client;
    client_init(&client, url, (struct http_options){.connect_timeout_ms = 300});
    const struct transfer_result *result = client_exchange(
        &client, client_transfer("POST", "/", "{}"));
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_non_null(strstr(result->explanation, "no connection to localhost:"));

    assert_int_equal(listen(fd, 0), 0);
    int fillers[3];
    for (size_t i = 0; i < 3; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&address, size);
    }
    result = client_exchange(&client, client_transfer("POST", "/", "{}"));
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_non_null(strstr(result->explanation, "connect_timeout"));
    for (size_t i = 0; i < 3; i++)
        close(fillers[i]);
    close(fd);
    client_deinit(&client);
}

static bool all_arrived(void *data)
{
    return http_server_requests(data) >= MANY;
}

static void send_many(struct fixture *fixture)
{
    for (int i = 0; i < MANY; i++)
        client_send(&fixture->client, client_transfer("POST", "/silent", "{}"));
    assert_int_equal(http_in_flight(fixture->client.http), MANY);
}

static void check_many(const struct fixture *fixture, enum transport transport)
{
    assert_int_equal(fixture->client.result_count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(fixture->client.results[i].transport, transport);
        assert_non_null(strstr(fixture->client.results[i].explanation, "cancelled"));
    }
}

static void test_cancel(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    send_many(&fixture);
    client_wait_until(&fixture.client, all_arrived, fixture.server);
    fixture.client.calling = true;
    http_cancel_all(fixture.client.http);
    fixture.client.calling = false;
    client_wait(&fixture.client, MANY);
    check_many(&fixture, TRANSPORT_LOST);
    fixture_deinit(&fixture);
    assert_int_equal(fixture.client.result_count, MANY);
}

static void test_close_before_sending(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    send_many(&fixture);
    fixture_deinit(&fixture);
    assert_int_equal(fixture.client.result_count, MANY);
}

static void test_close_while_in_flight(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    send_many(&fixture);
    client_wait_until(&fixture.client, all_arrived, fixture.server);
    fixture_deinit(&fixture);
    assert_int_equal(fixture.client.result_count, MANY);
}

static void send_next(struct transfer_result *result, void *data)
{
    struct fixture *fixture = data;
    client_collect(result, &fixture->client);
    if (fixture->client.result_count < MANY)
        http_send(fixture->client.http, client_transfer("GET", "/plain", NULL), send_next, fixture);
}

static void test_callback_sends_the_next(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    http_send(fixture.client.http, client_transfer("GET", "/plain", NULL), send_next, &fixture);
    client_wait(&fixture.client, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(fixture.client.results[i].transport, TRANSPORT_ANSWERED);
    fixture_deinit(&fixture);
}

static void mark_closed(void *data)
{
    struct client *client = data;
    client->closed = true;
}

// Closes on the first result; all others follow, and so does what is sent afterwards.
static void close_at_first(struct transfer_result *result, void *data)
{
    struct fixture *fixture = data;
    bool first = fixture->client.result_count == 0;
    client_collect(result, &fixture->client);
    if (!first)
        return;
    http_close(fixture->client.http, mark_closed, &fixture->client);
    http_send(
        fixture->client.http, client_transfer("GET", "/plain", NULL), close_at_first, fixture);
    fixture->client.http = NULL;
}

static void test_callback_closes(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    for (int i = 0; i < 3; i++)
        http_send(fixture.client.http, client_transfer("GET", i == 0 ? "/plain" : "/silent", NULL),
            close_at_first, &fixture);
    client_wait(&fixture.client, 4);
    assert_non_null(strstr(fixture.client.results[1].explanation, "cancelled"));
    assert_int_equal(fixture.client.results[3].transport, TRANSPORT_NOT_SENT);
    fixture_deinit(&fixture);
    assert_int_equal(fixture.client.result_count, 4);
}

static bool refuse_or_allow(void *data)
{
    int *left = data;
    return (*left)-- > 0;
}

// A gate that shuts is heeded although the connection stands.
static void test_gate(void **state)
{
    (void)state;
    struct fixture fixture;
    int left = 1;
    fixture_init(
        &fixture, (struct http_options){.may_send = refuse_or_allow, .may_send_data = &left});
    assert_int_equal(
        client_exchange(&fixture.client, client_transfer("GET", "/plain", NULL))->transport,
        TRANSPORT_ANSWERED);
    const struct transfer_result *result = client_exchange(
        &fixture.client, client_transfer("POST", "/plain", "{}"));
    assert_int_equal(result->transport, TRANSPORT_NOT_SENT);
    assert_non_null(strstr(result->explanation, "not sure that it leads"));
    assert_int_equal(count_requests(fixture.server, "POST"), 0);
    fixture_deinit(&fixture);
}

// A stream is answered as soon as it holds what was waited for, and else has its own time.
static void test_stream(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, (struct http_options){0});
    struct transfer *transfer = client_transfer("POST", "/stream", "{}");
    transfer->until = "\"event\"";
    const struct transfer_result *result = client_exchange(&fixture.client, transfer);
    assert_int_equal(result->transport, TRANSPORT_ANSWERED);
    assert_int_equal(result->status, 200);
    assert_non_null(strstr(result->body, "{\"made\":1}"));
    transfer = client_transfer("POST", "/stream", "{}");
    transfer->until = "never";
    transfer->timeout_ms = 100;
    result = client_exchange(&fixture.client, transfer);
    assert_int_equal(result->transport, TRANSPORT_LOST);
    assert_null(result->body);
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_what_is_sent),
        cmocka_unit_test(test_unsendable),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_write_is_never_repeated),
        cmocka_unit_test(test_read_is_repeated),
        cmocka_unit_test(test_read_is_repeated_once_only),
        cmocka_unit_test(test_connections_are_reused),
        cmocka_unit_test(test_not_connected),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_close_before_sending),
        cmocka_unit_test(test_close_while_in_flight),
        cmocka_unit_test(test_callback_sends_the_next),
        cmocka_unit_test(test_callback_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
