// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Answers that go on: one text at a time is kept for a client that has not taken the one before,
// and a newer one replaces it. The library asks for bytes when the socket takes some; while there
// are none, the connection is suspended.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "io/control_internal.h"

#define BLOCK_BYTES 1024
#define RETRY_AFTER "30"

// A comment, which browsers skip: it finds the clients that are gone, and tells those that are here
// that we are.
#define HEARTBEAT ":\n\n"

// For the library, which frees this with the response.
struct stream {
    struct control_request *request; // NULL: gone
    struct text sending;
    size_t sent; // bytes of `sending`
    struct text waiting;
    bool asleep; // suspended by us
    bool ending;
    uint64_t heartbeat_ms; // on the loop's clock: when it is due
    uint64_t end_ms;       // when the client is asked to come again
};

static void wake(struct stream *stream)
{
    if (!stream->asleep)
        return;
    stream->asleep = false;
    MHD_resume_connection(stream->request->connection);
}

static void say(struct stream *stream, const char *text)
{
    const struct control *control = stream->request->control;
    text_clear(&stream->waiting);
    text_append(&stream->waiting, text);
    stream->heartbeat_ms = uv_now(control->loop) + control->time_limit_ms / 2;
    wake(stream);
}

// As a sender has it: `position` counts all bytes so far, which nobody needs.
static ssize_t read_stream(void *data, uint64_t position, char *bytes, size_t size)
{
    (void)position;
    struct stream *stream = data;
    struct connection *client = stream->request->client;
    if (stream->sent == stream->sending.length && stream->waiting.length > 0) {
        struct text taken = stream->sending;
        stream->sending = stream->waiting;
        stream->waiting = taken;
        stream->sent = 0;
        text_clear(&stream->waiting);
    }
    size_t left = stream->sending.length - stream->sent;
    if (left == 0 && stream->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (left == 0) {
        stream->asleep = true;
        client->deadline_ms = UINT64_MAX; // it is our turn
        MHD_suspend_connection(stream->request->connection);
        return 0;
    }
    size_t taken = left < size ? left : size;
    memcpy(bytes, stream->sending.bytes + stream->sent, taken);
    stream->sent += taken;
    control_set_deadline(client);
    return (ssize_t)taken;
}

static void free_stream(void *data)
{
    struct stream *stream = data;
    text_deinit(&stream->sending);
    text_deinit(&stream->waiting);
    free(stream);
}

static struct stream *stream_new(struct control_request *request, const char *first)
{
    struct stream *stream = memory_new(1, sizeof(*stream));
    uint64_t now_ms = uv_now(request->control->loop);
    stream->request = request;
    stream->end_ms = now_ms + request->control->time_limit_ms * CONTROL_STREAM_LIFE;
    say(stream, first);
    return stream;
}

static void add(struct control *control, struct control_request *request)
{
    request->next = control->streaming;
    request->link = &control->streaming;
    if (request->next != NULL)
        request->next->link = &request->next;
    control->streaming = request;
    control->stream_count++;
}

void control_reply_stream(struct control_request *request, const char *first)
{
    struct control *control = request->control;
    if (control != NULL && control->stream_count >= CONTROL_STREAM_LIMIT) {
        control_reply_busy(request, "as many clients as may be follow already", RETRY_AFTER);
        return;
    }
    request->answered = true;
    if (control == NULL) {
        control_request_free(request);
        return;
    }
    struct stream *stream = stream_new(request, first);
    request->status = MHD_HTTP_OK;
    request->response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, stream, free_stream);
    control_add_headers(request->response, "text/event-stream", NULL, 0);
    control_deliver(request);
    request->stream = stream;
    add(control, request);
}

void control_broadcast(struct control *control, const char *text)
{
    if (control->streaming == NULL)
        return;
    for (struct control_request *each = control->streaming; each != NULL; each = each->next)
        if (!each->stream->ending)
            say(each->stream, text);
    control_wake(control);
}

size_t control_stream_count(const struct control *control)
{
    return control->stream_count;
}

void control_stream_sweep(struct control *control)
{
    uint64_t now_ms = uv_now(control->loop);
    bool woken = false;
    for (struct control_request *each = control->streaming; each != NULL; each = each->next) {
        struct stream *stream = each->stream;
        bool over = !stream->ending && now_ms >= stream->end_ms;
        if (!over && (!stream->asleep || now_ms < stream->heartbeat_ms))
            continue;
        stream->ending = stream->ending || over;
        say(stream, HEARTBEAT);
        woken = true;
    }
    if (woken)
        control_wake(control);
}

void control_stream_end(struct control_request *request)
{
    if (request->stream == NULL)
        return;
    request->stream = NULL;
    request->control->stream_count--;
    *request->link = request->next;
    if (request->next != NULL)
        request->next->link = request->link;
    request->link = NULL;
}

void control_stream_stop(struct control *control)
{
    for (struct control_request *each = control->streaming; each != NULL; each = each->next) {
        each->stream->ending = true;
        wake(each->stream);
    }
}
