// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Bodies that are made part by part: whole for who takes them, no burden for others, and given up
// with the client.
#include "config.h"

#include "control_fixture.h"

#define PART_BYTES 10000

// What the handler answers with: so many parts, each of its own letter.
struct source {
    unsigned parts;
    unsigned made;
    unsigned freed;
    bool gaps; // an empty part before each
    bool gap_made;
    bool breaks; // behind the last
};

static struct source source;

static enum control_part make_part(struct text *out, void *data)
{
    struct source *from = data;
    if (from->gaps && !from->gap_made) {
        from->gap_made = true;
        return CONTROL_PART_MADE;
    }
    from->gap_made = false;
    if (from->made == from->parts)
        return from->breaks ? CONTROL_PART_BROKEN : CONTROL_PART_NONE;
    for (unsigned i = 0; i < PART_BYTES; i++)
        text_format(out, "%c", 'A' + from->made % 26);
    from->made++;
    return CONTROL_PART_MADE;
}

static void free_source(void *data)
{
    struct source *from = data;
    from->freed++;
}

static void answer_parts(struct control_request *request)
{
    struct control_parts parts = {.next = make_part, .free = free_source, .data = &source};
    control_reply(
        request, &(struct control_answer){.status = 200, .parts = &parts, .entity_tag = "parts-1"});
}

static void parts_handler(struct control_request *request, void *data)
{
    struct fixture *fixture = data;
    if (strcmp(control_path(request), "/parts") == 0)
        answer_parts(request);
    else if (strcmp(control_path(request), "/later") == 0)
        fixture->kept = request;
    else
        control_reply(
            request, &(struct control_answer){.status = 200, .body = memory_text("other")});
}

static void open_parts(struct fixture *fixture, unsigned parts, unsigned time_limit_ms)
{
    const struct control_options options = {
        .socket_path = fixture->path, .time_limit_ms = time_limit_ms};
    source = (struct source){.parts = parts};
    fixture->control = control_new(
        &fixture->loop, &options, parts_handler, fixture, &fixture->error);
    if (fixture->control == NULL)
        fail_msg("%s", fixture->error.message);
}

static int ask(struct fixture *fixture, const char *head)
{
    char request[256];
    int client = connect_to(fixture->path);
    assert_true(client >= 0);
    snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: x\r\n\r\n", head);
    send_all(fixture, client, request);
    return client;
}

static void hear(struct fixture *fixture, int client, const char *end, struct text *heard)
{
    int64_t limit = now_ms() + 20000;
    char bytes[16384];
    while (strstr(text_string(heard), end) == NULL) {
        ssize_t got = recv(client, bytes, sizeof(bytes), 0);
        if (got > 0)
            text_append_n(heard, bytes, (size_t)got);
        if (got == 0 || now_ms() > limit)
            fail_msg("not heard: %s", end);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

// Until the server closes.
static void hear_to_end(struct fixture *fixture, int client, struct text *heard)
{
    int64_t limit = now_ms() + 20000;
    char bytes[16384];
    ssize_t got;
    while ((got = recv(client, bytes, sizeof(bytes), 0)) != 0) {
        if (got > 0)
            text_append_n(heard, bytes, (size_t)got);
        assert_true(now_ms() < limit);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

static void turn_until_freed(struct fixture *fixture)
{
    int64_t limit = now_ms() + 10000;
    while (source.freed == 0 && now_ms() < limit)
        turn(fixture);
    assert_int_equal(source.freed, 1);
}

// The letters from G on: those before are in the sizes of chunks as well.
static void assert_whole(const char *heard)
{
    size_t counts[26] = {0};
    const char *body = strstr(heard, "\r\n\r\n");
    assert_non_null(body);
    for (const char *at = body; *at != '\0'; at++)
        if (*at >= 'G' && *at <= 'Z')
            counts[*at - 'A']++;
    for (size_t i = 'G' - 'A'; i < 26; i++)
        assert_int_equal(counts[i], PART_BYTES);
}

static void all_parts_arrive(void **state)
{
    struct fixture *fixture = *state;
    struct text heard = {0};
    open_parts(fixture, 26, 0);
    int client = ask(fixture, "GET /parts");
    hear(fixture, client, "\r\n0\r\n\r\n", &heard);
    assert_int_equal(status_of(text_string(&heard)), 200);
    assert_non_null(strstr(text_string(&heard), "Content-Type: application/json\r\n"));
    assert_non_null(strstr(text_string(&heard), "ETag: \"parts-1\"\r\n"));
    assert_whole(text_string(&heard));
    assert_int_equal(source.made, 26);
    turn_until_freed(fixture);
    text_deinit(&heard);
    close(client);
}

static void empty_parts_end_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct text heard = {0};
    open_parts(fixture, 3, 0);
    source.gaps = true;
    int client = ask(fixture, "GET /parts");
    hear(fixture, client, "\r\n0\r\n\r\n", &heard);
    assert_int_equal(source.made, 3);
    text_deinit(&heard);
    close(client);
}

// A client must not take the half for the whole.
static void a_body_that_breaks_has_no_end(void **state)
{
    struct fixture *fixture = *state;
    struct text heard = {0};
    open_parts(fixture, 3, 0);
    source.breaks = true;
    int client = ask(fixture, "GET /parts");
    hear_to_end(fixture, client, &heard);
    assert_int_equal(status_of(text_string(&heard)), 200);
    assert_null(strstr(text_string(&heard), "\r\n0\r\n\r\n"));
    turn_until_freed(fixture);
    text_deinit(&heard);
    close(client);
}

// Not even the chunk that ends a body, which a client would take for the next answer's beginning.
static void a_question_for_the_head_has_no_body(void **state)
{
    struct fixture *fixture = *state;
    struct text heard = {0};
    open_parts(fixture, 3, 0);
    int client = ask(fixture, "HEAD /parts");
    hear_to_end(fixture, client, &heard);
    assert_int_equal(status_of(text_string(&heard)), 200);
    assert_non_null(strstr(text_string(&heard), "ETag: \"parts-1\"\r\n"));
    assert_string_equal(strstr(text_string(&heard), "\r\n\r\n"), "\r\n\r\n");
    turn_until_freed(fixture);
    text_deinit(&heard);
    close(client);
}

// One who asks for much, and takes it as fast as it comes, does not keep another waiting.
static void others_are_served_in_between(void **state)
{
    struct fixture *fixture = *state;
    struct text little = {0};
    char bytes[65536];
    open_parts(fixture, 3000, 0);
    int greedy = ask(fixture, "GET /parts");
    int modest = ask(fixture, "GET /other");
    int64_t limit = now_ms() + 20000;
    while (strstr(text_string(&little), "other") == NULL && now_ms() < limit) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        while (recv(greedy, bytes, sizeof(bytes), 0) > 0)
            ;
        ssize_t got = recv(modest, bytes, sizeof(bytes), 0);
        if (got > 0)
            text_append_n(&little, bytes, (size_t)got);
    }
    assert_int_equal(status_of(text_string(&little)), 200);
    assert_in_range(source.made, 0, 300);
    text_deinit(&little);
    close(greedy);
    close(modest);
}

// One round of the loop makes little, however much the socket would take.
static void a_round_of_the_loop_makes_few(void **state)
{
    struct fixture *fixture = *state;
    char bytes[65536];
    open_parts(fixture, 1000, 0);
    int client = ask(fixture, "GET /parts");
    for (unsigned rounds = 0; source.freed == 0; rounds++) {
        unsigned before = source.made;
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        assert_in_range(source.made - before, 0, 8);
        assert_in_range(rounds, 0, 100000);
        while (recv(client, bytes, sizeof(bytes), 0) > 0)
            ;
    }
    assert_int_equal(source.made, 1000);
    close(client);
}

static void who_does_not_take_it_costs_one_part(void **state)
{
    struct fixture *fixture = *state;
    open_parts(fixture, 1000000, 100);
    int client = ask(fixture, "GET /parts");
    turn_until_freed(fixture);
    assert_in_range(source.made, 1, 200); // what the socket took
    close(client);
}

static void who_leaves_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    open_parts(fixture, 1000000, 0);
    int client = ask(fixture, "GET /parts");
    int64_t limit = now_ms() + 10000;
    while (source.made == 0 && now_ms() < limit)
        turn(fixture);
    close(client);
    turn_until_freed(fixture);
}

static void who_has_it_or_wants_the_head_gets_no_body(void **state)
{
    struct fixture *fixture = *state;
    open_parts(fixture, 5, 0);
    const char *answer = exchange(fixture,
        "GET /parts HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"parts-1\"\r\nConnection: close\r\n\r\n");
    assert_int_equal(status_of(answer), 304);
    assert_int_equal(source.freed, 1);
    source = (struct source){.parts = 5};
    answer = exchange(fixture, "HEAD /parts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_int_equal(status_of(answer), 200);
    assert_int_equal(source.made, 0);
    turn_until_freed(fixture);
}

static void the_end_of_the_server_frees(void **state)
{
    struct fixture *fixture = *state;
    open_parts(fixture, 1000000, 0);
    int client = ask(fixture, "GET /parts");
    int64_t limit = now_ms() + 10000;
    while (source.made == 0 && now_ms() < limit)
        turn(fixture);
    control_close(fixture->control);
    fixture->control = NULL;
    turn_until_freed(fixture);
    close(client);
}

static void a_late_answer_to_one_who_left_frees(void **state)
{
    struct fixture *fixture = *state;
    open_parts(fixture, 5, 0);
    int client = ask(fixture, "GET /later");
    int64_t limit = now_ms() + 10000;
    while (fixture->kept == NULL && now_ms() < limit)
        turn(fixture);
    close(client);
    control_close(fixture->control);
    fixture->control = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    answer_parts(fixture->kept);
    assert_int_equal(source.made, 0);
    assert_int_equal(source.freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_parts_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_parts_end_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_that_breaks_has_no_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_question_for_the_head_has_no_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(others_are_served_in_between, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_round_of_the_loop_makes_few, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_take_it_costs_one_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_leaves_is_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_has_it_or_wants_the_head_gets_no_body, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_the_server_frees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_late_answer_to_one_who_left_frees, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
