// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A listening socket on loopback.

#include "config.h"

#include "sim/listener.h"
#include "sim/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static bool read_port(const char *text, uint16_t *port)
{
    unsigned long value;

    if (text[0] == '\0' || strlen(text) > 5 || text[strspn(text, "0123456789")] != '\0') {
        return false;
    }
    value = strtoul(text, NULL, 10);
    *port = htons((uint16_t)value);
    return value <= UINT16_MAX;
}

// Fills `address` from a host without brackets; false when it is no loopback address.
static bool read_host(const char *host, uint16_t port, union address *address)
{
    memset(address, 0, sizeof *address);
    if (strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    if (inet_pton(AF_INET, host, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        address->ipv4.sin_port = port;
        return ntohl(address->ipv4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (inet_pton(AF_INET6, host, &address->ipv6.sin6_addr) == 1) {
        address->ipv6.sin6_family = AF_INET6;
        address->ipv6.sin6_port = port;
        return IN6_IS_ADDR_LOOPBACK(&address->ipv6.sin6_addr);
    }
    return false;
}

static int read_address(const char *text, union address *address, struct sim_error *error)
{
    char *host = sim_memory_text(text);
    char *colon = strrchr(host, ':');
    const char *start = host;
    uint16_t port = 0;
    bool right = colon != NULL && read_port(colon + 1, &port);

    if (right) {
        *colon = '\0';
        if (host[0] == '[' && colon > host + 1 && colon[-1] == ']') {
            colon[-1] = '\0';
            start++;
        }
        right = read_host(start, port, address);
    }
    free(host);
    if (!right) {
        return sim_error_set(error,
            "cannot listen on '%s': must be a loopback address and a port, like 127.0.0.1:8080",
            text);
    }
    return 0;
}

static int listen_on(const union address *address)
{
    socklen_t length = address->any.sa_family == AF_INET ? sizeof address->ipv4
                                                         : sizeof address->ipv6;
    int descriptor = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;

    if (descriptor < 0) {
        return -1;
    }
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(descriptor, &address->any, length) != 0 || listen(descriptor, SOMAXCONN) != 0) {
        int kept = errno;

        close(descriptor);
        errno = kept;
        return -1;
    }
    return descriptor;
}

int sim_listener_open(const char *address, struct sim_error *error)
{
    union address parsed;
    int descriptor;

    if (read_address(address, &parsed, error) != 0) {
        return -1;
    }
    descriptor = listen_on(&parsed);
    if (descriptor < 0) {
        return sim_error_set(error, "cannot listen on '%s': %s", address, strerror(errno));
    }
    return descriptor;
}

char *sim_listener_url(int descriptor)
{
    union address address = {0};
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN] = "";

    if (getsockname(descriptor, &address.any, &length) == 0 && address.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address.ipv6.sin6_addr, host, sizeof host);
        return sim_memory_format("http://[%s]:%d", host, ntohs(address.ipv6.sin6_port));
    }
    inet_ntop(AF_INET, &address.ipv4.sin_addr, host, sizeof host);
    return sim_memory_format("http://%s:%d", host, ntohs(address.ipv4.sin_port));
}
