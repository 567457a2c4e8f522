// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is asked of libcurl for one transfer: its options, and the request's headers.
#pragma once

#include "core/attributes.h"
#include "io/http_exchange.h"

// Whether it changes nothing, so that it may be repeated once, and share a connection.
bool http_request_is_read(const struct transfer *transfer);

// Gives the exchange its handle. 0, or -1 with `unsendable` set.
int http_request_prepare(struct http_exchange *exchange) CHECK_RESULT;
void http_request_wipe(struct http_exchange *exchange);
