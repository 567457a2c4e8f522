// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <utlist.h>

#include "core/memory.h"
#include "io/http_poll.h"

// A socket of libcurl's that is being watched.
struct watched {
    uv_poll_t handle;
    struct http_poll *poll;
    curl_socket_t fd;
    struct watched *prev;
    struct watched *next;
};

struct http_poll {
    uv_timer_t timer;
    CURLM *multi;
    struct watched *watched;
    size_t open; // libuv's handles that are not closed yet
    http_poll_done_callback *done;
    http_poll_closed_callback *closed;
    void *data;
    void *closed_data;
};

static void release(struct http_poll *poll)
{
    if (--poll->open > 0)
        return;
    http_poll_closed_callback *closed = poll->closed;
    void *data = poll->closed_data;
    free(poll);
    closed(data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_watched_closed(uv_handle_t *handle)
{
    struct watched *watched = handle->data;
    struct http_poll *poll = watched->poll;
    free(watched);
    release(poll);
}

static void collect(struct http_poll *poll)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(poll->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result; // the message dies with the removal
        curl_multi_remove_handle(poll->multi, easy);
        poll->done(easy, code, poll->data);
    }
}

static void act(struct http_poll *poll, curl_socket_t fd, int events)
{
    int running;
    curl_multi_socket_action(poll->multi, fd, events, &running);
    collect(poll);
}

static void on_readiness(uv_poll_t *handle, int status, int events)
{
    struct watched *watched = handle->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;
    if (status == 0 && (events & UV_READABLE))
        flags |= CURL_CSELECT_IN;
    if (status == 0 && (events & UV_WRITABLE))
        flags |= CURL_CSELECT_OUT;
    act(watched->poll, watched->fd, flags);
}

static void on_timeout(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void unwatch(struct watched *watched)
{
    DL_DELETE(watched->poll->watched, watched);
    uv_poll_stop(&watched->handle);
    uv_close((uv_handle_t *)&watched->handle, on_watched_closed);
}

static struct watched *watch(struct http_poll *poll, curl_socket_t fd)
{
    struct watched *watched = memory_new(1, sizeof(*watched));
    if (uv_poll_init_socket(poll->timer.loop, &watched->handle, fd) != 0) {
        free(watched);
        return NULL;
    }
    watched->handle.data = watched;
    watched->poll = poll;
    watched->fd = fd;
    DL_APPEND(poll->watched, watched);
    poll->open++;
    curl_multi_assign(poll->multi, fd, watched);
    return watched;
}

// A socket that cannot be watched is left to the transfer's time limit: an error returned from here
// would kill the multi handle, and with it every transfer to come.
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *assigned)
{
    (void)easy;
    struct http_poll *poll = data;
    struct watched *watched = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL) {
            curl_multi_assign(poll->multi, fd, NULL);
            unwatch(watched);
        }
        return 0;
    }
    if (watched == NULL && (watched = watch(poll, fd)) == NULL)
        return 0;
    int events = 0;
    if (what & CURL_POLL_IN)
        events |= UV_READABLE;
    if (what & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    uv_poll_start(&watched->handle, events, on_readiness);
    return 0;
}

// libcurl must not be entered from here, so 0 is the loop's next turn as well.
static int on_timer_wanted(CURLM *multi, long timeout_ms, void *data)
{
    (void)multi;
    struct http_poll *poll = data;
    if (timeout_ms < 0)
        uv_timer_stop(&poll->timer);
    else
        uv_timer_start(&poll->timer, on_timeout, (uint64_t)timeout_ms, 0);
    return 0;
}

struct http_poll *http_poll_new(
    uv_loop_t *loop, http_poll_done_callback *done, void *data, struct error *error)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL) {
        error_set(error, ERROR_SYSTEM, "libcurl cannot be started");
        return NULL;
    }
    struct http_poll *poll = memory_new(1, sizeof(*poll));
    poll->multi = multi;
    poll->done = done;
    poll->data = data;
    poll->open = 1;
    uv_timer_init(loop, &poll->timer);
    poll->timer.data = poll;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, poll);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, poll);
    return poll;
}

CURLMcode http_poll_add(struct http_poll *poll, CURL *easy)
{
    return curl_multi_add_handle(poll->multi, easy);
}

void http_poll_remove(struct http_poll *poll, CURL *easy)
{
    curl_multi_remove_handle(poll->multi, easy);
}

// Nothing may be watched any more when libcurl closes the descriptors, or a handle would watch
// whatever is opened next under their numbers.
void http_poll_close(struct http_poll *poll, http_poll_closed_callback *closed, void *data)
{
    poll->closed = closed;
    poll->closed_data = data;
    curl_multi_setopt(poll->multi, CURLMOPT_SOCKETFUNCTION, NULL);
    curl_multi_setopt(poll->multi, CURLMOPT_TIMERFUNCTION, NULL);
    while (poll->watched != NULL)
        unwatch(poll->watched);
    curl_multi_cleanup(poll->multi);
    uv_close((uv_handle_t *)&poll->timer, on_timer_closed);
}
