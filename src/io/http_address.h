// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Where requests go: the base URL and the proxy, checked once, so that no secret is ever sent over
// a network in the clear.
#pragma once

#include <stdbool.h>

#include "core/attributes.h"
#include "core/error.h"

// Embedded in its owner. Initialise with {0}.
struct http_address {
    char *base; // what a transfer's target is appended to: no trailing slash, query or fragment
    char *authority; // host and port, for messages
    bool secure;     // https
};

// 0, or -1 with ERROR_INVALID (no such URL) or ERROR_REFUSED (a URL that would give away secrets).
int http_address_init(
    struct http_address *address, const char *base_url, struct error *error) CHECK_RESULT;
void http_address_deinit(struct http_address *address);

// Whether libcurl will know what to do with that proxy. Its user and password are in no message.
int http_proxy_check(const char *proxy, struct error *error) CHECK_RESULT;
