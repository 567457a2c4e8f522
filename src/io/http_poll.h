// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// libcurl's multi interface on a libuv loop: which sockets to watch, and when to wake up. It knows
// handles and completion codes, not what is transferred.
#pragma once

#include <curl/curl.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"

struct http_poll;

// A transfer ended. The handle is out of the multi already, and may be cleaned up.
typedef void http_poll_done_callback(CURL *easy, CURLcode code, void *data);
typedef void http_poll_closed_callback(void *data);

struct http_poll *http_poll_new(
    uv_loop_t *loop, http_poll_done_callback *done, void *data, struct error *error) CHECK_RESULT;

// The handle stays the caller's. Never calls `done` by itself.
CURLMcode http_poll_add(struct http_poll *poll, CURL *easy);
void http_poll_remove(struct http_poll *poll, CURL *easy);

// All handles must have been removed. Closes connections, then libuv's handles; then frees and
// calls back.
void http_poll_close(struct http_poll *poll, http_poll_closed_callback *closed, void *data);
