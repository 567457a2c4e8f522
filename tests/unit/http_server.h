// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// An HTTP/1 server of bare sockets and threads for test_http: it does what a test tells it to,
// well-behaved or not, and remembers what it was asked. It knows nothing of the client.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct http_server;

// One request on a connection. `nth`: of this connection, from 1.
struct http_server_request {
    const char *text; // as received, headers and body
    int fd;
    int nth;
};

// Answers, by writing to `fd`, on the connection's own thread. False closes the connection.
typedef bool http_server_handler(const struct http_server_request *request);

// Listens on a free port of 127.0.0.1.
struct http_server *http_server_start(http_server_handler *handler);
int http_server_port(const struct http_server *server);

// What was received so far. A request's text lives as long as the server; NULL when there were not
// as many.
size_t http_server_connections(struct http_server *server);
size_t http_server_requests(struct http_server *server);
const char *http_server_request_text(struct http_server *server, size_t index);

// Breaks all connections off, ends all threads, frees.
void http_server_stop(struct http_server *server);

// False when the client is gone.
bool http_server_write(int fd, const char *text);

// Returns once the client, or http_server_stop, closed the connection.
void http_server_wait_for_end(int fd);
