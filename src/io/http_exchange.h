// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One transfer under way: its libcurl handle, what has arrived so far, and what came of it. It does
// not know the loop, nor who waits for the result.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "io/http.h"
#include "io/http_address.h"

// What all exchanges of a client have in common; outlives them.
struct http_settings {
    struct http_address address;
    char *ca_file;
    bool ca_revokes; // it holds revocation lists as well
    char *certificate;
    char *key;
    bool direct;
    char *proxy;
    char *user_agent;
    long connect_timeout_ms;
    long request_timeout_ms;
    uint64_t stall_timeout_ms;
    size_t header_limit_bytes;
    bool (*may_send)(void *data);
    void *may_send_data;
};

// Why imaged itself broke an exchange off.
enum http_break {
    HTTP_BREAK_NONE,
    HTTP_BREAK_BODY_LIMIT,
    HTTP_BREAK_HEADER_LIMIT,
    HTTP_BREAK_REPEAT, // libcurl was about to send the request once too often
    HTTP_BREAK_STALL,
    HTTP_BREAK_ENOUGH, // all that was wanted of a stream has come: an answer
    HTTP_BREAK_GATE,   // it may not leave now
    HTTP_BREAK_CANCEL,
    HTTP_BREAK_SHUTDOWN,
    HTTP_BREAK_UNSENDABLE, // the transfer itself is not acceptable
};

struct http_exchange {
    const struct http_settings *settings;
    struct transfer *transfer; // owned
    http_callback *callback;
    void *data;

    CURL *easy;
    struct curl_slist *headers;
    bool begun;        // a byte of the request may have left
    unsigned attempts; // how often that was so
    bool answer_begun;
    bool headers_ended; // by an empty line
    size_t header_bytes;
    size_t body_capacity;
    enum http_break broken;
    const char *unsendable; // why, when that is the break
    uint64_t started_ns;
    uint64_t last_byte_ns;
    char detail[CURL_ERROR_SIZE];

    struct transfer_result result;
    struct http_exchange *prev;
    struct http_exchange *next;
};

// Never fails: an exchange that cannot be sent has no `easy` handle, and `broken` says so.
struct http_exchange *http_exchange_new(const struct http_settings *settings,
    struct transfer *transfer, http_callback *callback, void *data) CHECK_RESULT;

// Fills in the result, and lets go of the libcurl handle, which must not be in a multi any more.
// `connections` is increased by those that were opened.
void http_exchange_finish(struct http_exchange *exchange, CURLcode code, uint64_t *connections);

// Wipes secrets; the result as well, unless the callback took it over.
void http_exchange_free(struct http_exchange *exchange);
