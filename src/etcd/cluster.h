// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Asks an etcd cluster: one member at a time, the next one when it does not do, with the token that
// user and password give where they are wanted. Pure: whoever drives it carries out the transfers
// and gives their results. A question may reach more than one member, so that each must bear to be
// asked twice. Every question gets one answer, unless it is forgotten.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "numspot/wire.h"

struct cluster;

struct cluster_options {
    size_t member_count; // at least 1
    const char *user;    // NULL: without. Copied
    // The password, for the caller to wipe and free; NULL and an error: there is none.
    char *(*password)(struct error *error, void *data);
    // Carries out a transfer, which it takes over, at a member (from 0); its result is to be given
    // to cluster_receive, later.
    void (*send)(size_t member, struct transfer *transfer, void *data);
    void *data;
};

struct cluster *cluster_new(const struct cluster_options *options) CHECK_RESULT;
void cluster_free(struct cluster *cluster); // no answer is given any more; NULL is fine

struct cluster_question {
    const char *path; // static: "/v3/kv/txn"
    json_t *body;     // taken over
    int64_t timeout_ms;
    const char *until; // static: of a stream, as in struct transfer; then the body is not given
    bool once;         // at one member only
    bool led;          // a stream that ends when the member has lost its leader
};

// `body` is borrowed and NULL when `error` is set, and for a stream. Errors: ERROR_UNAVAILABLE, no
// member answered, or none that could do it: it may have been done; ERROR_REFUSED, ERROR_INVALID,
// ERROR_NOT_FOUND, ERROR_FULL as etcd says, not done; ERROR_BUSY, the revision is compacted.
typedef void cluster_answered(const json_t *body, const struct error *error, void *data);

void cluster_ask(struct cluster *cluster, const struct cluster_question *question,
    cluster_answered *answered, void *data);

// The questions asked with this `data` get no answer any more.
void cluster_forget(struct cluster *cluster, const void *data);

void cluster_receive(struct cluster *cluster, const struct transfer_result *result);
