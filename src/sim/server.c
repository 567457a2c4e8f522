// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// libmicrohttpd with an external loop: its epoll descriptor, the stop descriptor, and the next
// delayed answer. A delayed connection is suspended, so that it costs nothing while it waits.

#include "config.h"

#include "sim/server.h"
#include "sim/memory.h"
#include "sim/text.h"
#include "sim/timeline.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BODY_MAX          (16 * 1024 * 1024)
#define CONNECTIONS_MAX   4000
#define CONNECTION_MEMORY (64 * 1024) // room for a query that is too long, to say so

struct sim_server {
    struct sim_service *service;
    const struct sim_clock *clock;
    struct MHD_Daemon *daemon;
    struct sim_timeline *delayed; // of struct exchange, suspended
    int epoll;
};

// One request and its answer, from the request line to the last byte.
struct exchange {
    struct MHD_Connection *connection;
    char *target;
    struct sim_text body;
    bool has_begun;
    bool is_too_large;
    bool is_handled;
    struct sim_response response;
};

// libmicrohttpd calls this with the request line's target, undecoded; what it gives back is the
// request's own pointer from then on.
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = sim_memory_new(sizeof *exchange);

    (void)context;
    exchange->connection = connection;
    exchange->target = sim_memory_text(target);
    sim_response_init(&exchange->response);
    return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **pointer,
    enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *pointer;

    (void)context;
    (void)connection;
    (void)code;
    if (exchange != NULL) {
        free(exchange->target);
        sim_text_deinit(&exchange->body);
        sim_response_deinit(&exchange->response);
        free(exchange);
        *pointer = NULL;
    }
}

static void take_body(struct exchange *exchange, const char *bytes, size_t length)
{
    if (exchange->body.length + length > BODY_MAX) {
        exchange->is_too_large = true;
        sim_text_deinit(&exchange->body);
    }
    if (!exchange->is_too_large) {
        sim_text_append(&exchange->body, bytes, length);
    }
}

static void handle(struct sim_server *server, struct exchange *exchange, const char *method)
{
    struct sim_request request = {
        .method = method,
        .target = exchange->target,
        .authorization = MHD_lookup_connection_value(
            exchange->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION),
        .content_type = MHD_lookup_connection_value(
            exchange->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE),
        .body = exchange->body.data,
        .body_length = exchange->body.length,
    };

    exchange->is_handled = true;
    if (exchange->is_too_large) {
        sim_response_json(
            &exchange->response, 413, json_pack("{s:s}", "error", "the body is too large"));
        return;
    }
    sim_service_handle(
        server->service, &request, sim_clock_now_ms(server->clock), &exchange->response);
}

// Gives half of the body, then fails: libmicrohttpd closes the connection.
static ssize_t give_half(void *context, uint64_t position, char *buffer, size_t room)
{
    const struct exchange *exchange = context;
    size_t half = exchange->response.body_length / 2;
    size_t length = position < half ? half - (size_t)position : 0;

    if (length == 0) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    length = length < room ? length : room;
    memcpy(buffer, exchange->response.body + position, length);
    return (ssize_t)length;
}

static struct MHD_Response *new_response(struct exchange *exchange)
{
    const struct sim_response *response = &exchange->response;

    if (response->verdict == SIM_TRUNCATE) {
        return MHD_create_response_from_callback(
            response->body_length, 4096, give_half, exchange, NULL);
    }
    return MHD_create_response_from_buffer(
        response->body_length, response->body, MHD_RESPMEM_PERSISTENT);
}

// MHD_NO, for no answer, makes libmicrohttpd close the connection without a byte.
static enum MHD_Result answer(struct exchange *exchange)
{
    const struct sim_response *response = &exchange->response;
    struct MHD_Response *message;
    enum MHD_Result result;
    const char *name;
    json_t *value;

    if (response->verdict == SIM_CLOSE_BEFORE || response->verdict == SIM_CLOSE_AFTER) {
        return MHD_NO;
    }
    message = new_response(exchange);
    if (message == NULL) {
        return MHD_NO;
    }
    json_object_foreach(response->headers, name, value) {
        MHD_add_response_header(message, name, json_string_value(value));
    }
    result = MHD_queue_response(exchange->connection, (unsigned)response->status, message);
    MHD_destroy_response(message);
    return result;
}

// Called first with the headers, then with each piece of the body, then without one, and once more
// when a suspended connection goes on.
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *bytes, size_t *length, void **pointer)
{
    struct sim_server *server = context;
    struct exchange *exchange = *pointer;

    (void)url;
    (void)version;
    if (!exchange->has_begun) {
        exchange->has_begun = true;
        return MHD_YES;
    }
    if (*length > 0) {
        take_body(exchange, bytes, *length);
        *length = 0;
        return MHD_YES;
    }
    if (!exchange->is_handled) {
        handle(server, exchange, method);
        if (exchange->response.delay_ms > 0) {
            sim_timeline_push(server->delayed,
                sim_clock_now_ms(server->clock) + exchange->response.delay_ms, exchange);
            MHD_suspend_connection(connection);
            return MHD_YES;
        }
    }
    return answer(exchange);
}

// Lets libmicrohttpd have as many connections as the system allows this process.
static unsigned connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 256;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > CONNECTIONS_MAX + 64) {
        return CONNECTIONS_MAX;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 128 ? (unsigned)limit.rlim_cur - 64 : 64;
}

struct sim_server *sim_server_new(struct sim_service *service, const struct sim_clock *clock,
    int descriptor, struct sim_error *error)
{
    struct sim_server *server = sim_memory_new(sizeof *server);
    const union MHD_DaemonInfo *info;

    server->service = service;
    server->clock = clock;
    server->delayed = sim_timeline_new();
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_request, server, MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_URI_LOG_CALLBACK,
        begin_exchange, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, NULL,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    if (server->daemon == NULL) {
        sim_error_set(error, "cannot start the HTTP server: %s", strerror(errno));
        close(descriptor);
        sim_server_free(server);
        return NULL;
    }
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll = info->epoll_fd;
    return server;
}

// Wakes the connections whose delay is over at `now_ms`.
static void resume_delayed(struct sim_server *server, int64_t now_ms)
{
    struct exchange *exchange;
    int64_t at_ms;

    while ((exchange = sim_timeline_pop(server->delayed, now_ms, &at_ms)) != NULL) {
        MHD_resume_connection(exchange->connection);
    }
}

// Wakes all of them to be closed: libmicrohttpd does not stop while some are suspended.
static void abandon_delayed(struct sim_server *server)
{
    struct exchange *exchange;
    int64_t at_ms;

    while ((exchange = sim_timeline_pop(server->delayed, INT64_MAX, &at_ms)) != NULL) {
        exchange->response.verdict = SIM_CLOSE_AFTER;
        MHD_resume_connection(exchange->connection);
    }
    MHD_run(server->daemon);
}

void sim_server_free(struct sim_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        abandon_delayed(server);
        MHD_stop_daemon(server->daemon);
    }
    sim_timeline_free(server->delayed, NULL);
    free(server);
}

// How long nothing will happen by itself, in milliseconds; -1 for ever.
static int patience(const struct sim_server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    int64_t next_ms, wait_ms = -1;

    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES) {
        wait_ms = (int64_t)timeout_ms;
    }
    if (sim_timeline_next(server->delayed, &next_ms)) {
        next_ms -= sim_clock_now_ms(server->clock);
        next_ms = next_ms > 0 ? next_ms : 0;
        wait_ms = wait_ms < 0 || next_ms < wait_ms ? next_ms : wait_ms;
    }
    return wait_ms > 60000 ? 60000 : (int)wait_ms;
}

int sim_server_run(struct sim_server *server, int stop, struct sim_error *error)
{
    struct pollfd descriptors[] = {
        {.fd = server->epoll, .events = POLLIN}, {.fd = stop, .events = POLLIN}};

    for (;;) {
        if (poll(descriptors, 2, patience(server)) < 0 && errno != EINTR) {
            return sim_error_set(error, "poll: %s", strerror(errno));
        }
        if (descriptors[1].revents != 0) {
            return 0;
        }
        resume_delayed(server, sim_clock_now_ms(server->clock));
        if (MHD_run(server->daemon) != MHD_YES) {
            return sim_error_set(error, "the HTTP server failed");
        }
    }
}
