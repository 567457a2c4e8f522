// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the tests of the control server share: a server in a directory of its own, and clients with
// plain sockets, so that they can misbehave.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "core/memory.h"
#include "core/text.h"
#include "io/control.h"

struct fixture {
    uv_loop_t loop;
    struct control *control;
    char directory[64];
    char path[96];
    struct error error;
    unsigned calls;
    struct control_request *kept; // by the handler, to be answered later
    struct text told;             // what the handler saw
};

static inline int set_up(void **state)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));
    snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/imaged-control.XXXXXX");
    if (mkdtemp(fixture->directory) == NULL)
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/control.sock", fixture->directory);
    *state = fixture;
    return uv_loop_init(&fixture->loop);
}

static inline int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    control_close(fixture->control);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(&fixture->loop);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture->directory);
    if (system(command) != 0)
        result = -1;
    text_deinit(&fixture->told);
    free(fixture);
    return result;
}

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Answers as the path asks: /echo, /later, /large, /tagged, /missing, /post-only; anything else is
// "ok".
static inline void handle(struct control_request *request, void *data)
{
    struct fixture *fixture = data;
    const char *first = control_segment(request, 0);
    size_t length;
    const char *body = control_body(request, &length);
    fixture->calls++;
    text_clear(&fixture->told);
    text_format(&fixture->told, "%s %s", control_method(request), control_path(request));
    for (size_t i = 0; i < control_segment_count(request); i++)
        text_format(&fixture->told, " [%s]", control_segment(request, i));
    const char *query = control_query(request, "q");
    text_format(&fixture->told, " q=%s body=%zu:%.20s %s %s", query == NULL ? "none" : query,
        length, body, control_can_write(request) ? "writer" : "reader", control_peer(request));
    first = first == NULL ? "" : first;
    if (strcmp(first, "later") == 0) {
        fixture->kept = request;
    } else if (strcmp(first, "missing") == 0) {
        control_reply_problem(request, 404, "no image '%s'", "\"x\"");
    } else if (strcmp(first, "post-only") == 0 && strcmp(control_method(request), "POST") != 0) {
        control_reply_method(request, "POST");
    } else if (strcmp(first, "large") == 0) {
        char *large = memory_new(1, 8 * 1024 * 1024);
        memset(large, 'x', 8 * 1024 * 1024 - 1);
        control_reply(request, &(struct control_answer){.status = 200, .body = large});
    } else {
        const struct control_header header = {"X-Test", "yes"};
        control_reply(request, &(struct control_answer){.status = 200,
                                   .body = memory_text("{\"ok\":true}"),
                                   .entity_tag = strcmp(first, "tagged") == 0 ? "v1" : NULL,
                                   .headers = &header,
                                   .header_count = 1});
    }
}

static inline int open_control(struct fixture *fixture, const struct control_options *options)
{
    fixture->error = (struct error){0};
    fixture->control = control_new(&fixture->loop, options, handle, fixture, &fixture->error);
    return fixture->control == NULL ? -1 : 0;
}

static inline void must_open(struct fixture *fixture, unsigned time_limit_ms)
{
    const struct control_options options = {
        .socket_path = fixture->path, .time_limit_ms = time_limit_ms};
    if (open_control(fixture, &options) != 0)
        fail_msg("%s", fixture->error.message);
}

static inline int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(client);
        return -1;
    }
    fcntl(client, F_SETFL, O_NONBLOCK);
    return client;
}

static inline void turn(struct fixture *fixture)
{
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    static const struct timespec little = {.tv_nsec = 1000000};
    nanosleep(&little, NULL);
}

// Whether the text holds as many whole answers.
static inline bool has_answers(const char *text, unsigned wanted)
{
    while (wanted-- > 0) {
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strcasestr(text, "Content-Length: ");
        if (end == NULL)
            return false;
        size_t size = length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;
        if (strlen(end + 4) < size)
            return false;
        text = end + 4 + size;
    }
    return true;
}

// Runs the server until the client has so many answers, or the connection ends. The text so far;
// borrowed.
static inline const char *receive(struct fixture *fixture, int client, unsigned wanted)
{
    static char text[256 * 1024];
    size_t length = 0;
    int64_t limit = now_ms() + 5000;
    text[0] = '\0';
    while (!has_answers(text, wanted)) {
        ssize_t got = recv(client, text + length, sizeof(text) - 1 - length, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        length += got > 0 ? (size_t)got : 0;
        text[length] = '\0';
        if (now_ms() > limit)
            fail_msg("no answer: %s", text);
        turn(fixture);
    }
    return text;
}

// Sends all, with the server at work meanwhile; less where that ends the connection.
static inline void send_all(struct fixture *fixture, int client, const char *bytes)
{
    size_t left = strlen(bytes);
    int64_t limit = now_ms() + 30000;
    while (left > 0) {
        ssize_t sent = send(client, bytes, left, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        bytes += sent > 0 ? sent : 0;
        left -= sent > 0 ? (size_t)sent : 0;
        if (now_ms() > limit)
            fail_msg("%zu bytes were not taken", left);
        if (left > 0)
            turn(fixture);
    }
}

// One request on a connection of its own.
static inline const char *exchange(struct fixture *fixture, const char *request)
{
    int client = connect_to(fixture->path);
    assert_true(client >= 0);
    send_all(fixture, client, request);
    const char *answer = receive(fixture, client, 1);
    close(client);
    turn(fixture);
    return answer;
}

static inline const char *get(struct fixture *fixture, const char *target)
{
    char request[1024];
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: imaged\r\n\r\n", target);
    return exchange(fixture, request);
}

static inline int status_of(const char *answer)
{
    int status = 0;
    return sscanf(answer, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}

// Runs the server until the other end is closed, at most `limit_ms`; how long it took, or -1.
static inline int64_t time_to_close(struct fixture *fixture, int client, int64_t limit_ms)
{
    char byte;
    int64_t start = now_ms();
    while (now_ms() - start < limit_ms) {
        ssize_t got = recv(client, &byte, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return now_ms() - start;
        turn(fixture);
    }
    return -1;
}
