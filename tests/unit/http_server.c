// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "http_server.h"

#define CONNECTION_LIMIT 256
#define REQUEST_LIMIT    1024

struct connection {
    struct http_server *server;
    pthread_t thread;
    int fd;
};

struct http_server {
    http_server_handler *handler;
    int fd;
    int port;
    pthread_t thread;
    pthread_mutex_t mutex; // guards all below
    bool stopping;
    struct connection connections[CONNECTION_LIMIT];
    size_t connection_count;
    char *requests[REQUEST_LIMIT];
    size_t request_count;
};

static void lock(struct http_server *server)
{
    pthread_mutex_lock(&server->mutex);
}

static void unlock(struct http_server *server)
{
    pthread_mutex_unlock(&server->mutex);
}

static size_t announced_length(const char *headers)
{
    const char *field = strcasestr(headers, "\r\nContent-Length:");
    return field == NULL ? 0 : strtoul(field + strlen("\r\nContent-Length:"), NULL, 10);
}

// False at the end of the connection. What follows the request is left in the text for the next
// one.
static bool receive(int fd, struct text *text, size_t *length)
{
    for (;;) {
        const char *end = strstr(text_string(text), "\r\n\r\n");
        if (end != NULL) {
            *length = (size_t)(end + 4 - text->bytes) + announced_length(text->bytes);
            if (text->length >= *length)
                return true;
        }
        char buffer[4096];
        ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
        if (got <= 0)
            return false;
        text_append_n(text, buffer, (size_t)got);
    }
}

static const char *remember(struct http_server *server, const char *bytes, size_t length)
{
    char *copy = memory_text_n(bytes, length);
    lock(server);
    if (server->request_count == REQUEST_LIMIT)
        abort();
    server->requests[server->request_count++] = copy;
    unlock(server);
    return copy;
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    struct text text = {0};
    size_t length = 0;
    struct http_server_request request = {.fd = connection->fd};
    while (receive(connection->fd, &text, &length)) {
        request.nth++;
        request.text = remember(connection->server, text.bytes, length);
        struct text rest = {0};
        text_append_n(&rest, text.bytes + length, text.length - length);
        text_deinit(&text);
        text = rest;
        if (!connection->server->handler(&request))
            break;
    }
    text_deinit(&text);
    shutdown(connection->fd, SHUT_RDWR); // closed when the server stops: the number stays taken
    return NULL;
}

static void *accept_all(void *argument)
{
    struct http_server *server = argument;
    for (;;) {
        int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL;
        lock(server);
        if (server->stopping || server->connection_count == CONNECTION_LIMIT) {
            close(fd);
            unlock(server);
            return NULL;
        }
        struct connection *connection = &server->connections[server->connection_count++];
        *connection = (struct connection){.server = server, .fd = fd};
        if (pthread_create(&connection->thread, NULL, serve, connection) != 0)
            abort();
        unlock(server);
    }
}

struct http_server *http_server_start(http_server_handler *handler)
{
    struct http_server *server = memory_new(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    server->handler = handler;
    pthread_mutex_init(&server->mutex, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, size) != 0 ||
        listen(server->fd, CONNECTION_LIMIT) != 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&server->thread, NULL, accept_all, server) != 0)
        abort();
    server->port = ntohs(address.sin_port);
    return server;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

size_t http_server_connections(struct http_server *server)
{
    lock(server);
    size_t count = server->connection_count;
    unlock(server);
    return count;
}

size_t http_server_requests(struct http_server *server)
{
    lock(server);
    size_t count = server->request_count;
    unlock(server);
    return count;
}

const char *http_server_request_text(struct http_server *server, size_t index)
{
    lock(server);
    const char *text = index < server->request_count ? server->requests[index] : NULL;
    unlock(server);
    return text;
}

void http_server_stop(struct http_server *server)
{
    lock(server);
    server->stopping = true;
    for (size_t i = 0; i < server->connection_count; i++)
        shutdown(server->connections[i].fd, SHUT_RDWR);
    unlock(server);
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    for (size_t i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i].thread, NULL);
        close(server->connections[i].fd);
    }
    close(server->fd);
    for (size_t i = 0; i < server->request_count; i++)
        free(server->requests[i]);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

bool http_server_write(int fd, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = send(fd, text, left, MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return true;
}

void http_server_wait_for_end(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}
