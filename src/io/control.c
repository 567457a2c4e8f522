// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The server on the loop. libmicrohttpd keeps its sockets in an epoll set of its own, without a
// thread; the loop watches that set and gives it a turn when something happened. What one
// connection may cost is in control_connection.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/control_internal.h"

#define DEFAULT_TIME_LIMIT_MS   30000
#define CONNECTION_LIMIT        64u
#define CONNECTION_MEMORY_BYTES ((size_t)16 * 1024)
#define DESCRIPTOR_SHORTAGE_MS  100

static void on_turn(uv_timer_t *timer);
static void on_poll(uv_poll_t *poll, int status, int events);

// Gives the daemon a turn, and arranges for the next one.
static void take_turn(struct control *control)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    MHD_run(control->daemon);
    if (control->closing || MHD_get_timeout(control->daemon, &timeout_ms) != MHD_YES)
        return;
    if (timeout_ms == 0)
        control_wake(control);
    else
        uv_timer_start(&control->turn, on_turn, timeout_ms, 0);
}

// A client that waits and cannot be accepted, for want of descriptors, would wake us again and
// again: pause a little.
static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct control *control = poll->data;
    bool was_idle = control->connections == NULL;
    unsigned accepted = control->accepted;
    take_turn(control);
    if (control->closing || !was_idle || control->accepted != accepted)
        return;
    uv_poll_stop(poll);
    uv_timer_start(&control->turn, on_turn, DESCRIPTOR_SHORTAGE_MS, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    if (--control->open_handles > 0)
        return;
    listener_deinit(&control->listener);
    free(control);
}

static void close_handles(struct control *control)
{
    uv_close((uv_handle_t *)&control->poll, on_handle_closed);
    uv_close((uv_handle_t *)&control->soon, on_handle_closed);
    uv_close((uv_handle_t *)&control->turn, on_handle_closed);
    uv_close((uv_handle_t *)&control->sweep, on_handle_closed);
}

// The library wants nothing suspended when it stops; what is pending outlives its connection.
static void stop(struct control *control)
{
    for (struct control_request *request = control->pending; request != NULL;
         request = request->next)
        if (request->suspended) {
            request->suspended = false;
            MHD_resume_connection(request->connection);
        }
    control_stream_stop(control);
    uv_poll_stop(&control->poll);
    MHD_stop_daemon(control->daemon);
    close_handles(control);
}

static void turn_without_event(struct control *control)
{
    if (control->closing) {
        stop(control);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&control->poll))
        uv_poll_start(&control->poll, UV_READABLE, on_poll);
    take_turn(control);
}

static void on_turn(uv_timer_t *timer)
{
    turn_without_event(timer->data);
}

static void on_soon(uv_idle_t *soon)
{
    uv_idle_stop(soon);
    turn_without_event(soon->data);
}

// Not a timer without a wait: one that starts itself again never lets the loop go on to others.
void control_wake(struct control *control)
{
    uv_idle_start(&control->soon, on_soon);
}

// Paths and arguments are decoded by control_request, part by part.
static size_t leave_encoded(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

static int start_daemon(struct control *control, struct error *error)
{
    control->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        control_connection_handle, control, MHD_OPTION_LISTEN_SOCKET, control->listener.descriptor,
        MHD_OPTION_NOTIFY_CONNECTION, control_connection_notify, control,
        MHD_OPTION_NOTIFY_COMPLETED, control_connection_completed, control,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTION_LIMIT, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES,
        MHD_OPTION_END);
    if (control->daemon == NULL)
        return error_set(error, ERROR_SYSTEM, "starting the HTTP server on %s failed",
            control->listener.path == NULL ? "loopback" : control->listener.path);
    control->listener.descriptor = -1; // the daemon's now
    return 0;
}

static int watch_daemon(struct control *control, struct error *error)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(
        control->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int result = uv_poll_init(control->loop, &control->poll, info->epoll_fd);
    if (result != 0)
        return error_set(error, ERROR_SYSTEM, "watching the HTTP server: %s", uv_strerror(result));
    uv_idle_init(control->loop, &control->soon);
    uv_timer_init(control->loop, &control->turn);
    uv_timer_init(control->loop, &control->sweep);
    control->open_handles = 4;
    control->poll.data = control;
    control->soon.data = control;
    control->turn.data = control;
    control->sweep.data = control;
    uv_poll_start(&control->poll, UV_READABLE, on_poll);
    return 0;
}

struct control *control_new(uv_loop_t *loop, const struct control_options *options,
    control_handler *handler, void *data, struct error *error)
{
    struct control *control = memory_new(1, sizeof(*control));
    control->loop = loop;
    control->handler = handler;
    control->data = data;
    control->time_limit_ms = options->time_limit_ms == 0 ? DEFAULT_TIME_LIMIT_MS
                                                         : options->time_limit_ms;
    control->is_readonly = options->socket_path == NULL;
    int result = options->socket_path != NULL
                     ? listener_open_unix(
                           &control->listener, options->socket_path, options->group, error)
                     : listener_open_loopback(&control->listener, options->listen, error);
    if (result != 0) {
        free(control);
        return NULL;
    }
    if (start_daemon(control, error) == 0) {
        if (watch_daemon(control, error) == 0)
            return control;
        MHD_stop_daemon(control->daemon);
    }
    listener_unlink(&control->listener);
    listener_deinit(&control->listener);
    free(control);
    return NULL;
}

const char *control_warning(const struct control *control)
{
    return control->listener.warning;
}

unsigned control_port(const struct control *control)
{
    return control->listener.port;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    listener_unlink(&control->listener);
    control->closing = true;
    control_wake(control);
}
