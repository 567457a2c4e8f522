// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The vocabulary in which the engine speaks with the cloud: requests by meaning, answers by
// consequence. How they look on the wire is src/numspot's business.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/image.h"

enum operation {
    OPERATION_LIST_IMAGES,    // all that the account can see
    OPERATION_FIND_BY_NAME,   // images with one of the names `targets`
    OPERATION_READ_IMAGES,    // images with one of the ids `targets`
    OPERATION_READ_IMAGE,     // the one image `targets[0]`: tells "no such image" from "not listed"
    OPERATION_READ_SNAPSHOTS, // snapshots with one of the ids `targets`
    OPERATION_READ_VMS,       // VMs with one of the ids `targets`
    OPERATION_CREATE_IMAGE,   // `image`, whose selectors hold ids and whose name is final
    OPERATION_SET_TAGS,       // `tags` on all `targets`
    OPERATION_REMOVE_TAGS,    // `tags`, with their present values, from all `targets`
    OPERATION_SET_ACCESS,     // `is_public` on the image `targets[0]`
    OPERATION_DELETE_IMAGE,   // the image `targets[0]`
    OPERATION_DELETE_SNAPSHOT,
    OPERATION_COUNT,
};

struct request {
    uint64_t id; // chosen by the engine, unique in its life
    enum operation operation;
    char *name; // the declared name on whose behalf, or NULL: for logs
    struct text_list targets;
    struct image *image;
    struct tag_list tags;
    bool is_public;
};

// What the answer means for whoever asked. Table-driven from the HTTP status in src/numspot.
enum outcome {
    OUTCOME_OK,
    OUTCOME_NOT_SENT, // surely not applied: no connection, no name resolution, no TLS, cancelled in
                      // the queue
    OUTCOME_LOST,     // a write that may or may not have been applied
    OUTCOME_BROKEN,   // a read that got no usable answer: 5xx, redirect, HTML, cut short, not the
                      // promised shape
    OUTCOME_THROTTLED,       // 429: surely not applied; wait `retry_after_ms`
    OUTCOME_INVALID,         // 400
    OUTCOME_UNAUTHENTICATED, // no token to be had, or 401 with a fresh one: surely not applied
    OUTCOME_FORBIDDEN,       // 403
    OUTCOME_NOT_FOUND,       // 404 whose body is the API's own problem document
    OUTCOME_CONFLICT,        // 409
    OUTCOME_DEPENDENCY,      // 424
    OUTCOME_TOO_LONG,        // 414
    OUTCOME_REJECTED,        // another 4xx: surely not applied
    OUTCOME_COUNT,
};

struct violation {
    char *field; // the API's name
    char *description;
};

// A snapshot or VM, as far as an image's source is concerned.
struct source_item {
    char *id;
    char *state;
    int64_t volume_size_gib; // of a snapshot; 0: unknown
    struct tag_list tags;
};

struct answer {
    uint64_t request_id;
    enum operation operation;
    enum outcome outcome;
    int status;             // HTTP, or 0
    char *title;            // of the problem document, or NULL
    char *detail;           // likewise
    char *explanation;      // one sentence for people, always set unless OK
    char *cloud_request_id; // of a response header, or NULL
    struct violation *violations;
    size_t violation_count;
    struct image_list images; // of a list, a read, a creation, a change of access
    struct source_item *sources;
    size_t source_count;
    int64_t retry_after_ms; // 0: not said; already bounded
    int64_t server_wall_ms; // from the Date header; 0: not said
};

#define REQUEST_QUERY_LIMIT_BYTES  4096
#define REQUEST_BODY_TARGETS_LIMIT 100

// Whether applying it twice would do harm, or changes anything at all.
bool operation_is_write(enum operation operation);
const char *operation_name(enum operation operation); // "create image"
const char *outcome_name(enum outcome outcome);       // "not found"

// How many of `targets`, from index `first` on, one request of that operation may name; at least 1
// while there are any. A query that is too long gets 414, so its targets stay below
// REQUEST_QUERY_LIMIT_BYTES once percent-encoded.
size_t request_targets_limit(
    enum operation operation, const struct text_list *targets, size_t first);

struct request *request_new(enum operation operation, const char *name);
void request_free(struct request *request); // NULL is fine

// Frees what the answer holds and leaves it empty.
void answer_deinit(struct answer *answer);
