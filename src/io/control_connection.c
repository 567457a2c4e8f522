// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The life of connections and of the requests on them, as libmicrohttpd tells it: who may ask, how
// long it may take, how large it may be. A connection has one deadline at a time: to send a
// request, or to take an answer.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/memory.h"
#include "io/control_internal.h"

// How often deadlines are looked at, as a part of the limit.
#define SWEEPS 8

void control_set_deadline(struct connection *client)
{
    client->deadline_ms = uv_now(client->control->loop) + client->control->time_limit_ms;
}

// The daemon sees the end of the connection, and closes it.
static void on_sweep(uv_timer_t *timer)
{
    struct control *control = timer->data;
    uint64_t now_ms = uv_now(control->loop);
    for (struct connection *client = control->connections; client != NULL; client = client->next)
        if (client->deadline_ms <= now_ms)
            shutdown(client->descriptor, SHUT_RDWR);
    control_stream_sweep(control);
}

static struct connection *connection_new(struct control *control, struct MHD_Connection *connection)
{
    struct connection *client = memory_new(1, sizeof(*client));
    client->control = control;
    client->descriptor =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (!control->is_readonly)
        client->peer = peer_of(
            client->descriptor, control->listener.has_group, control->listener.group);
    control_set_deadline(client);
    if (control->connections == NULL) {
        uint64_t period_ms = control->time_limit_ms / SWEEPS + 1;
        uv_timer_start(&control->sweep, on_sweep, period_ms, period_ms);
    } else {
        control->connections->link = &client->next;
    }
    client->next = control->connections;
    client->link = &control->connections;
    control->connections = client;
    control->accepted++;
    return client;
}

static void connection_free(struct connection *client)
{
    struct control *control = client->control;
    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    free(client);
    if (control->connections == NULL)
        uv_timer_stop(&control->sweep);
}

void control_connection_notify(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = connection_new(data, connection);
    else if (*context != NULL)
        connection_free(*context);
}

static void pending_add(struct control_request *request)
{
    struct control *control = request->control;
    request->next = control->pending;
    request->link = &control->pending;
    if (request->next != NULL)
        request->next->link = &request->next;
    control->pending = request;
}

static void pending_remove(struct control_request *request)
{
    if (request->link == NULL)
        return;
    *request->link = request->next;
    if (request->next != NULL)
        request->next->link = request->link;
    request->link = NULL;
}

static struct control_request *request_new(struct control *control,
    struct MHD_Connection *connection, const char *method, const char *path)
{
    struct control_request *request = memory_new(1, sizeof(*request));
    request->control = control;
    request->connection = connection;
    request->client =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    request->method = memory_text(method);
    request->path = memory_text(path);
    request->can_write = request->client->peer.can_write;
    if (request->client->peer.known)
        snprintf(request->peer, sizeof(request->peer), "uid %lu",
            (unsigned long)request->client->peer.user);
    return request;
}

static enum MHD_Result queue_answer(struct control_request *request)
{
    control_set_deadline(request->client);
    enum MHD_Result result = MHD_queue_response(
        request->connection, request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return result;
}

// A page in a browser on this machine can be made to ask under any name (DNS rebinding); under
// these it cannot.
static bool is_our_host(struct MHD_Connection *connection)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    for (size_t i = 0; host != NULL && i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        size_t length = strlen(hosts[i]);
        if (strncasecmp(host, hosts[i], length) == 0 &&
            (host[length] == '\0' || host[length] == ':'))
            return true;
    }
    return host == NULL;
}

static bool announces_too_much(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length != NULL && strtoull(length, NULL, 10) > CONTROL_BODY_LIMIT_BYTES;
}

static void reply_too_large(struct control_request *request)
{
    control_reply_problem(
        request, MHD_HTTP_CONTENT_TOO_LARGE, "a body may have %d bytes", CONTROL_BODY_LIMIT_BYTES);
}

// Answers what the handler need not see, before a body is read.
static void reject_early(struct control_request *request)
{
    struct control *control = request->control;
    bool is_looking = strcmp(control_method(request), "GET") == 0;
    if (control->is_readonly && !is_our_host(request->connection))
        control_reply_problem(request, MHD_HTTP_MISDIRECTED_REQUEST,
            "ask as localhost, 127.0.0.1 or [::1]: other names are refused, so that no web page "
            "can look in here");
    else if (control->is_readonly && !is_looking)
        control_reply_method(request, "GET, HEAD");
    else if (!is_looking && !request->can_write)
        control_reply_problem(request, MHD_HTTP_FORBIDDEN,
            "%s may look but not change anything: root and members of the group of control.group "
            "may",
            request->peer[0] == '\0' ? "an unknown user" : request->peer);
    else if (announces_too_much(request->connection))
        reply_too_large(request);
    else if (control_request_parse(request, request->connection, request->path) != 0)
        control_reply_problem(request, MHD_HTTP_BAD_REQUEST,
            "the path or query is not well-formed: percent-encoded UTF-8 is expected");
}

// Reads on past the limit without keeping: HTTP has no way to answer in the middle of a body and be
// heard.
static void take_body(struct control_request *request, const char *bytes, size_t length)
{
    if (request->body.length + length > CONTROL_BODY_LIMIT_BYTES)
        request->too_large = true;
    else
        text_append_n(&request->body, bytes, length);
}

static enum MHD_Result dispatch(struct control_request *request)
{
    request->client->deadline_ms = UINT64_MAX;
    pending_add(request);
    if (request->too_large)
        reply_too_large(request);
    else
        request->control->handler(request, request->control->data);
    if (request->answered)
        return queue_answer(request);
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

enum MHD_Result control_connection_handle(void *data, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version, const char *body,
    size_t *body_length, void **context)
{
    (void)version;
    struct control_request *request = *context;
    if (request == NULL) {
        request = *context = request_new(data, connection, method, path);
        reject_early(request);
        return request->answered ? queue_answer(request) : MHD_YES;
    }
    if (*body_length > 0) {
        take_body(request, body, *body_length);
        *body_length = 0;
        return MHD_YES;
    }
    if (request->answered)
        return request->response == NULL ? MHD_NO : queue_answer(request);
    // Woken without an answer: the server is closing.
    return request->link != NULL ? MHD_NO : dispatch(request);
}

void control_deliver(struct control_request *request)
{
    pending_remove(request);
    if (!request->suspended)
        return;
    request->suspended = false;
    MHD_resume_connection(request->connection);
    control_wake(request->control);
}

void control_connection_completed(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)connection;
    (void)code;
    struct control_request *request = *context;
    if (request == NULL)
        return;
    *context = NULL;
    // The connection waits for its next request, or is gone: then the deadline no longer matters.
    control_set_deadline(request->client);
    control_stream_end(request);
    bool with_handler = request->link != NULL;
    pending_remove(request);
    request->control = NULL;
    request->connection = NULL;
    request->client = NULL;
    if (!with_handler)
        control_request_free(request);
}
