// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// HTTP served on the loop: on a Unix socket, where requests may change things, and on a loopback
// port, where they may only look. It owns the sockets, who may do what, limits, deadlines and the
// form of answers; it does not know what is asked. A client that hangs costs bounded memory for
// bounded time, and never holds up the loop.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "core/text.h"

struct control;
struct control_request;

#define CONTROL_BODY_LIMIT_BYTES (4 * 1024 * 1024) // hundreds of declarations to plan
#define CONTROL_STREAM_LIMIT     16 // clients that follow at once; more are told to come later (503)
#define CONTROL_STREAM_LIFE      30 // time limits, after which one that follows has to ask again

// One of `socket_path` and `listen`. For both, make two.
struct control_options {
    const char *socket_path; // Unix stream socket, mode 0660
    const char *group;       // owns the socket; may write, as root and the daemon's user; or NULL
    const char *listen;      // "127.0.0.1:9630", "[::1]:9630": loopback, only to look; port 0: any
    unsigned time_limit_ms;  // to send a request, and again to take its answer; 0: 30 s
};

// Called once per complete request, on the loop. It answers with control_reply, at once or later,
// exactly once. What never gets here, because it is answered before: a method other than GET from a
// peer that may not write (403), or on the loopback port (405, and 421 for a strange Host); a body
// beyond the limit (413); a path or query that is not UTF-8 (400).
typedef void control_handler(struct control_request *request, void *data);

// Takes over a socket that a dead daemon left (nobody answers), and refuses one where somebody does
// (ERROR_BUSY) or what is not a socket. ERROR_INVALID: a path too long for a Unix socket, an
// address that is not loopback.
struct control *control_new(uv_loop_t *loop, const struct control_options *options,
    control_handler *handler, void *data, struct error *error) CHECK_RESULT;

// What an operator should know about how the socket came out, as one sentence (the group does not
// exist, …), or NULL.
const char *control_warning(const struct control *control);

// The port of `listen`, for port 0.
unsigned control_port(const struct control *control);

// Stops listening, removes the socket's file if it is still ours, drops all connections, and frees
// in the loop's next turn. Requests not answered yet stay valid until their control_reply, which
// then only frees them. NULL is fine.
void control_close(struct control *control);

// The request. What is returned lives until control_reply.
const char *control_method(const struct control_request *request); // "GET" also for HEAD
// As sent, without the query: for logs.
const char *control_path(const struct control_request *request);
// The path's parts between slashes, each decoded on its own: a part may contain a slash. NULL
// beyond the last.
const char *control_segment(const struct control_request *request, size_t index);
size_t control_segment_count(const struct control_request *request);
// The decoded value of a query's argument ("" for one without), or NULL.
const char *control_query(const struct control_request *request, const char *name);
// NUL-terminated behind its length, never NULL.
const char *control_body(const struct control_request *request, size_t *length);
bool control_can_write(const struct control_request *request);
// On whose behalf, for logs and history: "uid 1000", or "" on the loopback port.
const char *control_peer(const struct control_request *request);
// Whether the client already has what this tag stands for: then a reply with it and without a body
// is enough.
bool control_has_tag(const struct control_request *request, const char *entity_tag);

struct control_header {
    const char *name;
    const char *value;
};

enum control_part {
    CONTROL_PART_MADE,
    CONTROL_PART_NONE,   // the body is whole
    CONTROL_PART_BROKEN, // it will never be: the connection is closed, so that the client knows
};

// A body that is made part by part, as the client takes it, so that a long one neither holds up the
// loop nor is held in memory. The client has the time limit for each part anew.
struct control_parts {
    // Appends the next part, some milliseconds' worth, unless there is none.
    enum control_part (*next)(struct text *out, void *data);
    void (*free)(void *data); // called once, when the client has it all or is gone
    void *data;
};

struct control_answer {
    unsigned status;
    const char *content_type;          // NULL: application/json
    char *body;                        // taken over, released with free(); NULL: none
    size_t length;                     // 0 with a body: up to its NUL
    const struct control_parts *parts; // in place of a body, or NULL
    const char *entity_tag; // without quotes, or NULL; a 200 becomes 304 for a client that has it
    const struct control_header *headers;
    size_t header_count;
};

// Answers and frees the request. All but `body` is borrowed for the call.
void control_reply(struct control_request *request, const struct control_answer *answer);

// A problem document (RFC 9457): {"title": …, "status": …, "detail": …}, the title from the status.
void control_reply_problem(
    struct control_request *request, unsigned status, const char *format, ...) PRINTF_LIKE(3, 4);

// Answers with a stream of server-sent events that begins with `first` and goes on with what is
// broadcast, until the client goes, the life of a stream is over (browsers then ask again by
// themselves), or the server closes. A client that is slow misses texts: while one is not taken, a
// newer one replaces it, so each text must stand for itself. One that hangs costs two texts.
// Heartbeats are sent in between.
void control_reply_stream(struct control_request *request, const char *first);

// Says a text, one or more whole events, to all that follow.
void control_broadcast(struct control *control, const char *text);
size_t control_stream_count(const struct control *control);

// 405, with the methods that are allowed ("GET, POST").
void control_reply_method(struct control_request *request, const char *allowed);
