// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the files of the control server share. Nobody else includes this.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>
#include <uv.h>

#include "core/image.h"
#include "core/memory.h"
#include "core/text.h"
#include "io/control.h"
#include "io/control_listen.h"
#include "io/control_peer.h"

struct control {
    uv_loop_t *loop;
    control_handler *handler;
    void *data;
    struct listener listener;
    uint64_t time_limit_ms;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;   // of the daemon's epoll descriptor
    uv_idle_t soon;   // when the daemon wants to run in the loop's next round; and for closing
    uv_timer_t turn;  // when it wants to run later without an event
    uv_timer_t sweep; // looks for connections past their deadline, while there are any
    unsigned open_handles;
    unsigned accepted; // counts connections, to see whether a turn brought one
    struct connection *connections;
    struct control_request *pending;   // with the handler, not answered yet
    struct control_request *streaming; // answered with a stream that goes on
    size_t stream_count;
    bool is_readonly; // a port
    bool closing;
};

// One client's connection.
struct connection {
    struct connection *next;
    struct connection **link;
    struct control *control;
    int descriptor;
    uint64_t deadline_ms; // on the loop's clock; UINT64_MAX: while it is our turn
    struct peer peer;
};

// One request; belongs to the daemon's connection until that ends, and to the handler until it is
// answered.
struct control_request {
    struct control_request *next; // among the pending, or the streaming
    struct control_request **link;
    struct control *control;           // NULL: closed
    struct MHD_Connection *connection; // NULL: gone
    struct connection *client;
    char *method;
    char *path;
    struct text_list segments;
    struct tag_list query;
    struct text body;
    char peer[32];
    bool can_write;
    bool too_large;
    bool suspended;
    bool answered;
    unsigned status;
    struct MHD_Response *response; // until it is queued
    struct stream *stream;         // the response's, while it goes on; or NULL
};

// Reads path and query. 0, or -1 when they are not well-formed or not UTF-8.
int control_request_parse(struct control_request *request, struct MHD_Connection *connection,
    const char *path) CHECK_RESULT;
void control_request_free(struct control_request *request);

// A response whose body is made part by part.
struct MHD_Response *control_parts_response(
    struct control_request *request, const struct control_parts *parts);

// Hands an answer to the connection: at once when the handler is being called, else by waking it.
void control_deliver(struct control_request *request);

// Starts the time that the client has for what it does now.
void control_set_deadline(struct connection *client);

// The headers that all answers have, the type of the content (NULL: none), and others.
void control_add_headers(struct MHD_Response *response, const char *content_type,
    const struct control_header *headers, size_t header_count);

// 503, with the number of seconds after which to try again.
void control_reply_busy(
    struct control_request *request, const char *detail, const char *retry_after);

// Sends heartbeats, and ends the streams whose life is over.
void control_stream_sweep(struct control *control);
// The connection of a request is gone: if it had a stream, it has none.
void control_stream_end(struct control_request *request);
// Wakes all streams, for the library wants none suspended when it stops.
void control_stream_stop(struct control *control);

// Gives the daemon a turn in the loop's next round; stops it when closing.
void control_wake(struct control *control);

// What the daemon calls.
void control_connection_notify(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code);
enum MHD_Result control_connection_handle(void *data, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version, const char *body,
    size_t *body_length, void **context);
void control_connection_completed(void *data, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code);
