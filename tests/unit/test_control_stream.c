// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Answers that go on: what those that follow get, and what those that hang, leave or crowd cost.
#include "config.h"

#include "control_fixture.h"

static void follow_handler(struct control_request *request, void *data)
{
    (void)data;
    control_reply_stream(request, "data: first\n\n");
}

static void open_streams(struct fixture *fixture, unsigned time_limit_ms)
{
    const struct control_options options = {
        .socket_path = fixture->path, .time_limit_ms = time_limit_ms};
    fixture->control = control_new(
        &fixture->loop, &options, follow_handler, fixture, &fixture->error);
    if (fixture->control == NULL)
        fail_msg("%s", fixture->error.message);
}

// A client that sent its request.
static int ask(struct fixture *fixture, const char *method)
{
    char request[128];
    int client = connect_to(fixture->path);
    assert_true(client >= 0);
    snprintf(request, sizeof(request), "%s / HTTP/1.1\r\nHost: x\r\n\r\n", method);
    assert_int_equal(send(client, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return client;
}

struct follower {
    int client;
    struct text heard;
    bool ended;
};

static void listen_once(struct follower *follower)
{
    char bytes[4096];
    ssize_t got = recv(follower->client, bytes, sizeof(bytes), 0);
    if (got > 0)
        text_append_n(&follower->heard, bytes, (size_t)got);
    follower->ended = got == 0 || (got < 0 && errno != EAGAIN);
}

// Runs the server until the follower heard this since it last forgot, or the limit.
static bool hears(struct fixture *fixture, struct follower *follower, const char *what)
{
    int64_t limit = now_ms() + 5000;
    while (strstr(text_string(&follower->heard), what) == NULL) {
        if (follower->ended || now_ms() > limit)
            return false;
        turn(fixture);
        listen_once(follower);
    }
    return true;
}

static struct follower follow(struct fixture *fixture)
{
    struct follower follower = {.client = ask(fixture, "GET")};
    assert_true(hears(fixture, &follower, "data: first\n\n"));
    return follower;
}

static void leave(struct follower *follower)
{
    close(follower->client);
    text_deinit(&follower->heard);
}

static bool count_becomes(struct fixture *fixture, size_t count)
{
    int64_t limit = now_ms() + 5000;
    while (control_stream_count(fixture->control) != count && now_ms() < limit)
        turn(fixture);
    return control_stream_count(fixture->control) == count;
}

static void a_follower_hears_what_is_said(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 0);
    control_broadcast(fixture->control, "data: to nobody\n\n");
    struct follower one = follow(fixture);
    struct follower two = follow(fixture);
    const char *head = text_string(&one.heard);
    assert_int_equal(status_of(head), 200);
    assert_non_null(strstr(head, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(head, "Cache-Control: no-cache\r\n"));
    assert_int_equal(control_stream_count(fixture->control), 2);
    for (int i = 0; i < 20; i++) {
        char said[64];
        snprintf(said, sizeof(said), "data: turn %d\n\n", i);
        control_broadcast(fixture->control, said);
        assert_true(hears(fixture, &one, said));
        assert_true(hears(fixture, &two, said));
    }
    assert_null(strstr(text_string(&two.heard), "nobody"));
    leave(&one);
    leave(&two);
}

static void who_is_behind_hears_the_newest(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 0);
    struct follower one = follow(fixture);
    for (int i = 0; i < 1000; i++)
        control_broadcast(fixture->control, "data: old\n\n");
    control_broadcast(fixture->control, "data: new\n\n");
    assert_true(hears(fixture, &one, "data: new\n\n"));
    assert_null(strstr(text_string(&one.heard), "data: old"));
    leave(&one);
}

// More than a block and more than the socket takes at once arrives whole.
static void a_long_text_arrives_whole(void **state)
{
    struct fixture *fixture = *state;
    enum { LENGTH = 300000 };
    open_streams(fixture, 0);
    struct follower one = follow(fixture);
    char *longest = memory_new(LENGTH + 16, 1);
    memset(longest, 'x', LENGTH);
    memcpy(longest + LENGTH, "end\n\n", 6);
    control_broadcast(fixture->control, longest);
    assert_true(hears(fixture, &one, "end\n\n"));
    size_t count = 0;
    for (const char *byte = text_string(&one.heard); *byte != '\0'; byte++)
        count += *byte == 'x' ? 1 : 0;
    assert_in_range(count, LENGTH, LENGTH + 2); // "text/event-stream" has one, too
    free(longest);
    leave(&one);
}

static void silence_is_broken_by_heartbeats(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 100);
    struct follower one = follow(fixture);
    for (int i = 0; i < 3; i++) {
        text_clear(&one.heard);
        assert_true(hears(fixture, &one, "\n:\n\n"));
    }
    leave(&one);
}

static void who_left_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 100);
    struct follower one = follow(fixture);
    struct follower two = follow(fixture);
    leave(&one);
    assert_true(count_becomes(fixture, 1));
    control_broadcast(fixture->control, "data: still\n\n");
    assert_true(hears(fixture, &two, "data: still\n\n"));
    leave(&two);
    assert_true(count_becomes(fixture, 0));
}

static void a_life_ends_in_good_order(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 20);
    struct follower one = follow(fixture);
    int64_t start = now_ms();
    assert_true(hears(fixture, &one, "\r\n0\r\n\r\n"));
    assert_in_range(now_ms() - start, 20 * CONTROL_STREAM_LIFE / 2, 4000);
    assert_int_equal(control_stream_count(fixture->control), 0);
    leave(&one);
}

static void a_crowd_is_told_to_come_later(void **state)
{
    struct fixture *fixture = *state;
    struct follower crowd[CONTROL_STREAM_LIMIT];
    open_streams(fixture, 200);
    for (int i = 0; i < CONTROL_STREAM_LIMIT; i++)
        crowd[i] = follow(fixture);
    int late = ask(fixture, "GET");
    const char *answer = receive(fixture, late, 1);
    assert_int_equal(status_of(answer), 503);
    assert_non_null(strstr(answer, "Retry-After: 30\r\n"));
    close(late);
    leave(&crowd[0]);
    assert_true(count_becomes(fixture, CONTROL_STREAM_LIMIT - 1));
    crowd[0] = follow(fixture);
    for (int i = 0; i < CONTROL_STREAM_LIMIT; i++)
        leave(&crowd[i]);
}

static void who_hangs_is_cut_off(void **state)
{
    struct fixture *fixture = *state;
    enum { LENGTH = 256 * 1024 };
    open_streams(fixture, 200);
    struct follower one = follow(fixture);
    char *much = memory_new(LENGTH + 1, 1);
    memset(much, ':', LENGTH);
    int64_t start = now_ms();
    while (control_stream_count(fixture->control) > 0 && now_ms() - start < 5000) {
        control_broadcast(fixture->control, much);
        turn(fixture);
    }
    assert_in_range(now_ms() - start, 150, 3000);
    free(much);
    leave(&one);
}

static void a_head_is_no_stream(void **state)
{
    struct fixture *fixture = *state;
    open_streams(fixture, 0);
    int client = ask(fixture, "HEAD");
    const char *answer = receive(fixture, client, 1);
    assert_int_equal(status_of(answer), 200);
    assert_null(strstr(answer, "first"));
    assert_true(count_becomes(fixture, 0));
    close(client);
}

static void closing_ends_all(void **state)
{
    struct fixture *fixture = *state;
    struct follower all[4];
    open_streams(fixture, 0);
    for (int i = 0; i < 4; i++)
        all[i] = follow(fixture);
    control_broadcast(fixture->control, "data: last\n\n");
    control_close(fixture->control);
    fixture->control = NULL;
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    for (int i = 0; i < 4; i++) {
        while (!all[i].ended)
            listen_once(&all[i]);
        leave(&all[i]);
    }
}

static void stop_loop(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void who_only_listens_costs_no_time(void **state)
{
    struct fixture *fixture = *state;
    struct timespec before;
    struct timespec after;
    uv_timer_t timer;
    open_streams(fixture, 0);
    struct follower one = follow(fixture);
    uv_timer_init(&fixture->loop, &timer);
    uv_timer_start(&timer, stop_loop, 400, 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    int64_t used_ms = (after.tv_sec - before.tv_sec) * 1000 +
                      (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_in_range(used_ms, 0, 200);
    uv_close((uv_handle_t *)&timer, NULL);
    turn(fixture);
    leave(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_follower_hears_what_is_said),
        TEST(who_is_behind_hears_the_newest),
        TEST(a_long_text_arrives_whole),
        TEST(silence_is_broken_by_heartbeats),
        TEST(who_left_is_forgotten),
        TEST(a_life_ends_in_good_order),
        TEST(a_crowd_is_told_to_come_later),
        TEST(who_hangs_is_cut_off),
        TEST(a_head_is_no_stream),
        TEST(closing_ends_all),
        TEST(who_only_listens_costs_no_time),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
