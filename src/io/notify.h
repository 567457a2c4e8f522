// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Tells the service manager how the daemon is: ready, reloading, stopping, alive (sd_notify(3)'s
// protocol: datagrams to $NOTIFY_SOCKET). Everywhere else, all functions do nothing. It decides
// nothing: it says what it is told to say. No message waits longer than a second for the manager.
#pragma once

#include <stdint.h>

#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"

struct notify;

// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. When a watchdog is set and meant for this
// process, feeds it from a timer of the loop, at half its time: a loop that hangs does not feed it.
// The timer does not keep the loop alive. Without NOTIFY_SOCKET this is still an object, which says
// nothing. NULL: the socket's address is unusable.
struct notify *notify_new(uv_loop_t *loop, struct error *error) CHECK_RESULT;

// Start-up is done, or a reload. `status` as in notify_status, or NULL.
void notify_ready(struct notify *notify, const char *status);

// One line for `systemctl status`; sent only when it differs from the last. A dropped one is sent
// with the next.
void notify_status(struct notify *notify, const char *status);

// A reload begins; notify_ready ends it.
void notify_reloading(struct notify *notify);

void notify_stopping(struct notify *notify);

// Starting, reloading or stopping will take up to this much longer, from now.
void notify_extend_timeout(struct notify *notify, int64_t duration_ms);

// Stops the timer and frees in the loop's next turn. NULL is fine.
void notify_close(struct notify *notify);
