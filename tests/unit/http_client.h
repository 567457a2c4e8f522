// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What test_http and test_http_tls have in common: a loop with an HTTP client on it, and the
// results as they come in.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "io/http.h"

#define CLIENT_RESULT_LIMIT 128

struct client {
    uv_loop_t loop;
    uv_timer_t tick; // so that a wait cannot sleep through its limit
    struct http *http;
    bool closed;
    bool calling; // within an http_* function: no callback may come now
    struct transfer_result results[CLIENT_RESULT_LIMIT]; // in the order of their callbacks
    size_t result_count;
};

// Options but for the base URL may be left zero; time limits that are get short ones.
void client_init(struct client *client, const char *base_url, struct http_options options);

// Closes everything, and insists that nothing is left on the loop.
void client_deinit(struct client *client);

struct transfer *client_transfer(const char *method, const char *target, const char *body);
void client_send(struct client *client, struct transfer *transfer);

// Runs the loop until so many results are there, or the test fails for lack of time.
void client_wait(struct client *client, size_t result_count);

// Runs the loop until the condition holds, or the test fails for lack of time.
void client_wait_until(struct client *client, bool (*condition)(void *data), void *data);

// Sends one and waits for it; borrowed until client_deinit.
struct transfer_result *client_exchange(struct client *client, struct transfer *transfer);

// The callback that collects; `data` is the client.
void client_collect(struct transfer_result *result, void *data);
