// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// One request and its answer, as values: what the socket side and a test hand to the service, and
// what they get back. The answer says as well what becomes of the connection.

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

// All borrowed for the time of the call.
struct sim_request {
    const char *method;        // "GET"
    const char *target;        // as on the request line: path and query, still encoded
    const char *authorization; // the header's value; NULL without one
    const char *content_type;  // likewise
    const char *body;          // NULL without one
    size_t body_length;
};

// What the socket side does with the answer.
enum sim_verdict {
    SIM_ANSWER,       // send it
    SIM_CLOSE_BEFORE, // nothing was done: close the connection without a byte
    SIM_CLOSE_AFTER,  // it was done: close the connection without a byte
    SIM_TRUNCATE,     // declare the whole length, send half of the body, close
};

struct sim_response {
    enum sim_verdict verdict;
    int64_t delay_ms; // wait this long first; other requests go on
    int status;
    json_t *headers; // {"name": "value"}
    char *body;      // never NULL once answered
    size_t body_length;
};

void sim_response_init(struct sim_response *response);
void sim_response_deinit(struct sim_response *response);

// Forgets what was answered so far: an answer can be given again.
void sim_response_clear(struct sim_response *response);

void sim_response_header(struct sim_response *response, const char *name, const char *value);

// Answers with `body`, `length` bytes from malloc(), which the response owns from here on.
void sim_response_bytes(struct sim_response *response, int status, char *body, size_t length);

// Answers with a document as `media_type`. Takes the document.
void sim_response_document(
    struct sim_response *response, int status, const char *media_type, json_t *document);

// Answers with JSON. Takes the document.
void sim_response_json(struct sim_response *response, int status, json_t *document);

// Answers 204, with the content type that the recorded server sends though there is no content.
void sim_response_nothing(struct sim_response *response);
