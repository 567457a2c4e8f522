// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Carries out HTTP exchanges (numspot/wire.h) with one server, on a libuv loop. Every transfer ends
// in exactly one callback that tells whether the request was answered, surely not sent, or lost. It
// does not retry, judge statuses, or know what is being said. When a connection dies, libcurl may
// repeat a GET or HEAD once; anything else is never sent twice.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "numspot/wire.h"

struct http;

// Read by http_new only; nothing in it is kept. Plain http never goes through a proxy.
struct http_options {
    const char *base_url; // https, or plain http to a loopback address or `localhost`
    // PEM: then only these authorities are trusted; NULL: the system's. If it holds revocation
    // lists (CRLs) when http_new is called, each certificate must be on none, and each authority
    // have one.
    const char *ca_file;
    const char *certificate;    // PEM, of this client; NULL: none
    const char *key;            // PEM, of the certificate
    const char *proxy;          // NULL or "": HTTPS_PROXY and NO_PROXY of the environment count
    bool direct;                // through no proxy, whatever the environment says
    const char *user_agent;     // NULL: "imaged"
    int64_t connect_timeout_ms; // name, TCP, proxy and TLS together; 0: 10 s
    int64_t request_timeout_ms; // the whole exchange; 0: 60 s
    int64_t stall_timeout_ms;   // longest pause within an answer that has begun; 0: 15 s
    size_t header_limit_bytes;  // of an answer; 0: 64 KiB
    // Asked right before each request is written, when its connection stands: false, and it is
    // reported as not sent. NULL: all may leave.
    bool (*may_send)(void *data);
    void *may_send_data;
};

// What was done since http_new, for metrics.
struct http_counts {
    uint64_t answered;
    uint64_t not_sent;
    uint64_t lost;
    uint64_t connections; // opened
};

// Called from the loop, never from within an http_* function, and free to call all of them. The
// result is borrowed; a callback that wants to keep some of it takes the pointers over and sets
// them to NULL.
typedef void http_callback(struct transfer_result *result, void *data);
typedef void http_closed_callback(void *data);

// NULL and an error when the base URL or proxy is not acceptable (ERROR_INVALID, ERROR_REFUSED) or
// the CA file cannot be read (ERROR_NOT_FOUND, ERROR_REFUSED). Opens no connection. SIGPIPE is set
// to be ignored if nobody handles it: libcurl without signals leaves that to the program. Close
// with http_close.
struct http *http_new(
    uv_loop_t *loop, const struct http_options *options, struct error *error) CHECK_RESULT;

// Takes over the transfer. Cannot fail: what cannot be sent is reported as not sent.
void http_send(struct http *http, struct transfer *transfer, http_callback *callback, void *data);

// Ends all transfers: their callbacks follow from the loop, as "not sent" or "lost".
void http_cancel_all(struct http *http);

// Cancels everything, delivers what is outstanding, closes all handles, frees `http`, and then
// calls back. A transfer sent from a callback meanwhile is reported as not sent. `closed` may be
// NULL; `http` may not be used afterwards by anyone else than those callbacks.
void http_close(struct http *http, http_closed_callback *closed, void *data);

// Transfers whose callback is outstanding.
size_t http_in_flight(const struct http *http);
struct http_counts http_counts(const struct http *http);
