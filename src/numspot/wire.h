// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// An HTTP exchange as data: what src/numspot wants sent, and what came of it. src/io/http carries
// it out.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transfer {
    uint64_t id;
    const char *method; // static
    char *target;       // path and query, to be put behind the base URL
    char *body;         // or NULL
    size_t body_length;
    const char *content_type; // static; NULL without a body
    char *bearer;             // secret: the access token, or NULL
    bool bare_token;          // it stands in the header without the word Bearer
    char *username;           // for HTTP Basic, or NULL
    char *password;           // secret
    bool fresh_connection; // never on a reused one: libcurl would silently send it again (cases, 3)
    size_t answer_limit_bytes;
    int64_t timeout_ms; // for the whole exchange; 0: the transport's own
    const char *header; // static: one more line, "Name: value"; or NULL
    const char *until;  // static: a stream that is enough once it holds this; NULL: to its end
};

enum transport {
    TRANSPORT_ANSWERED, // a complete HTTP answer
    TRANSPORT_NOT_SENT, // the request surely did not reach the server
    TRANSPORT_LOST,     // it may have: no answer, or an incomplete one
};

struct transfer_result {
    uint64_t id;
    enum transport transport;
    char *explanation; // one sentence for people, unless answered
    int status;
    char *content_type; // or NULL, as all headers
    char *retry_after;
    char *date;
    char *request_id; // X-Request-Id or its like
    char *body;       // never NULL when answered; NUL-terminated behind its length
    size_t body_length;
    int64_t duration_ms;
};

// Wipe and free what they hold; NULL is fine for the first.
void transfer_free(struct transfer *transfer);
void transfer_result_deinit(struct transfer_result *result);
void transfer_result_drop_body(struct transfer_result *result); // of which it then has none
