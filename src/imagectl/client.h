// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon's control API over its Unix socket: one request at a time, and JSON in the answer
// (docs/control.md). Blocks. Knows nothing of what the answers mean.
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "core/attributes.h"

struct client;
struct error;

struct client_answer {
    bool changed; // false: what the etag stands for is still so, and there is no body
    json_t *body; // an object, owned
    char *etag;   // owned, or NULL
};

// ERROR_INVALID for a path that no socket can have. Nothing is connected yet.
struct client *client_new(const char *socket, struct error *error) CHECK_RESULT;
void client_free(struct client *client); // NULL is fine

// While a request runs, `stop` is asked about once a second; true breaks it off.
void client_set_stop(struct client *client, bool (*stop)(void *data), void *data);

// A request's path: "/v1/images/", the name percent-encoded, and the rest. The caller frees it.
char *client_path(const char *before, const char *name, const char *after) CHECK_RESULT;

// GET. `etag`: of an earlier answer, or NULL. An error is ERROR_UNAVAILABLE when no daemon answers,
// ERROR_NOT_FOUND, ERROR_REFUSED, or another; its message says what to do.
int client_get(struct client *client, const char *path, const char *etag,
    struct client_answer *answer, struct error *error) CHECK_RESULT;

// POST of JSON that only asks, as a plan of files: the answer is as client_get's. Borrows the body.
int client_ask(struct client *client, const char *path, const json_t *body,
    struct client_answer *answer, struct error *error) CHECK_RESULT;

// POST without a body. The answer's own is checked for success only.
int client_post(struct client *client, const char *path, struct error *error) CHECK_RESULT;

void client_answer_deinit(struct client_answer *answer);
