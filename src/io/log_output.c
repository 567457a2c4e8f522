// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The part that could block, and how it does not.
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/log_output.h"

// Lines that were dropped since the last that was written.
static atomic_uint lost;

static bool is_writable(int descriptor, int wait_ms)
{
    struct pollfd poller = {.fd = descriptor, .events = POLLOUT};
    return poll(&poller, 1, wait_ms) == 1 && (poller.revents & POLLNVAL) == 0;
}

// write() without the signal that would end the program when the reader is gone.
static ssize_t write_quietly(int descriptor, const char *bytes, size_t length)
{
    sigset_t pipe_only;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t written = write(descriptor, bytes, length);
    int number = errno;
    if (written < 0 && number == EPIPE && !sigismember(&pending, SIGPIPE)) {
        static const struct timespec at_once = {0};
        sigtimedwait(&pipe_only, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return written;
}

// A socket is asked not to wait; all else was seen to have room. A pipe that has any has room for a
// whole line.
static bool write_whole(int descriptor, const char *bytes, size_t length)
{
    ssize_t written = send(descriptor, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0 && errno == ENOTSOCK)
        written = write_quietly(descriptor, bytes, length);
    return written == (ssize_t)length;
}

static void tell_lost(int descriptor, unsigned count)
{
    char line[128];
    int length = snprintf(line, sizeof(line),
        "level=warning msg=\"%u log lines were lost: standard error could not be written\"\n",
        count);
    if (!is_writable(descriptor, 0) || !write_whole(descriptor, line, (size_t)length))
        atomic_fetch_add(&lost, count);
}

void log_output_write(int descriptor, const char *line, size_t length)
{
    int wait_ms = atomic_load(&lost) == 0 ? LOG_OUTPUT_WAIT_MS : 0;
    if (!is_writable(descriptor, wait_ms)) {
        atomic_fetch_add(&lost, 1);
        return;
    }
    unsigned count = atomic_exchange(&lost, 0);
    if (count > 0)
        tell_lost(descriptor, count);
    if (!is_writable(descriptor, 0) || !write_whole(descriptor, line, length))
        atomic_fetch_add(&lost, 1);
}
