// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The notification protocol is a datagram of assignments, promised to be stable and fit to be
// spoken without a library; so it is, with limits on waiting that sd_notify(3) does not have.
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "io/notify.h"

struct notify {
    struct sockaddr_un address;
    socklen_t address_length; // 0: nobody to tell
    uv_timer_t watchdog;
    char *status; // last one delivered, or NULL
};

// Changes of state may wait this long for a manager that is busy, other messages not at all.
#define SEND_TIMEOUT_S 1

static int read_address(struct notify *notify, const char *text, struct error *error)
{
    size_t length = strlen(text);
    if (text[0] != '/' && text[0] != '@')
        return error_set(
            error, ERROR_INVALID, "NOTIFY_SOCKET is %s: neither a path nor an abstract name", text);
    if (length >= sizeof(notify->address.sun_path))
        return error_set(error, ERROR_INVALID, "NOTIFY_SOCKET is too long: %s", text);
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, text, length + 1);
    if (text[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
                                         (text[0] == '/' ? 1 : 0));
    return 0;
}

static int send_text(struct notify *notify, const char *text, int flags)
{
    const struct timeval limit = {.tv_sec = SEND_TIMEOUT_S};
    if (notify->address_length == 0)
        return 0;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    ssize_t sent;
    do
        sent = sendto(descriptor, text, strlen(text), MSG_NOSIGNAL | flags,
            (const struct sockaddr *)&notify->address, notify->address_length);
    while (sent < 0 && errno == EINTR);
    close(descriptor);
    return sent < 0 ? -1 : 0;
}

static void feed_watchdog(uv_timer_t *timer)
{
    send_text(timer->data, "WATCHDOG=1", MSG_DONTWAIT);
}

// A whole positive number of an environment variable, or 0.
static uint64_t number_of(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    uint64_t number = strtoumax(text, &end, 10);
    return *end == '\0' && errno == 0 ? number : 0;
}

static void start_watchdog(struct notify *notify)
{
    uint64_t limit_us = number_of("WATCHDOG_USEC");
    bool is_ours = getenv("WATCHDOG_PID") == NULL ||
                   number_of("WATCHDOG_PID") == (uint64_t)getpid();
    if (notify->address_length == 0 || limit_us == 0 || !is_ours)
        return;
    uint64_t period_ms = limit_us / 2000 == 0 ? 1 : limit_us / 2000;
    uv_timer_start(&notify->watchdog, feed_watchdog, 0, period_ms);
}

struct notify *notify_new(uv_loop_t *loop, struct error *error)
{
    struct notify *notify = memory_new(1, sizeof(*notify));
    const char *address = getenv("NOTIFY_SOCKET");
    if (address != NULL && read_address(notify, address, error) != 0) {
        free(notify);
        return NULL;
    }
    uv_timer_init(loop, &notify->watchdog); // cannot fail
    notify->watchdog.data = notify;
    uv_unref((uv_handle_t *)&notify->watchdog);
    start_watchdog(notify);
    return notify;
}

// A status must stay one line: a second one would be an assignment of its own.
static void append_status(struct text *message, const char *status)
{
    text_append(message, "STATUS=");
    size_t start = message->length;
    text_append(message, status);
    for (size_t i = start; i < message->length; i++)
        if (message->bytes[i] == '\n' || message->bytes[i] == '\r')
            message->bytes[i] = ' ';
}

// Sends `assignments`, and the status unless it is NULL; remembers what was delivered.
static void tell(struct notify *notify, const char *assignments, const char *status, int flags)
{
    CLEANUP(text_deinit) struct text message = {0};
    text_append(&message, assignments);
    if (status != NULL)
        append_status(&message, status);
    if (send_text(notify, text_string(&message), flags) == 0 && status != NULL)
        memory_replace_text(&notify->status, status);
}

void notify_ready(struct notify *notify, const char *status)
{
    tell(notify, "READY=1\n", status, 0);
}

void notify_status(struct notify *notify, const char *status)
{
    if (notify->status == NULL || strcmp(notify->status, status) != 0)
        tell(notify, "", status, MSG_DONTWAIT);
}

void notify_reloading(struct notify *notify)
{
    struct timespec now;
    char text[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
        (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    tell(notify, text, NULL, 0);
}

void notify_stopping(struct notify *notify)
{
    tell(notify, "STOPPING=1\n", NULL, 0);
}

void notify_extend_timeout(struct notify *notify, int64_t duration_ms)
{
    char text[64];
    snprintf(text, sizeof(text), "EXTEND_TIMEOUT_USEC=%" PRId64 "\n", duration_ms * 1000);
    tell(notify, text, NULL, 0);
}

static void on_closed(uv_handle_t *handle)
{
    struct notify *notify = handle->data;
    free(notify->status);
    free(notify);
}

void notify_close(struct notify *notify)
{
    if (notify != NULL)
        uv_close((uv_handle_t *)&notify->watchdog, on_closed);
}
