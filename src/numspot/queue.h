// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Requests that wait to be sent, in two classes: writes and what stands between a write and its
// record before lists and bulk reads. Within a class first come, first served; the second class
// gets every fifth turn at least.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/cloud.h"

enum queue_class { QUEUE_URGENT, QUEUE_PATIENT, QUEUE_CLASSES };

#define QUEUE_URGENT_RUN 4

// One request on its way to an answer; on the heap, owned by whoever took it.
struct exchange {
    struct exchange *next;
    struct request *request; // owned
    uint64_t transfer_id;    // 0: not under way
    uint64_t generation;     // of the token it was sent with
    bool resent;             // after a 401
};

// Embedded; {0} is empty.
struct queue {
    struct exchange *first[QUEUE_CLASSES];
    struct exchange *last[QUEUE_CLASSES];
    size_t count;
    unsigned urgent_run; // turns that the urgent had while the patient waited
};

struct exchange *exchange_new(struct request *request) CHECK_RESULT;
void exchange_free(struct exchange *exchange); // and its request; NULL is fine

// Behind all of its class, or before them: for one that had its turn.
void queue_add(struct queue *queue, struct exchange *exchange);
void queue_return(struct queue *queue, struct exchange *exchange);

// Whose turn it is; NULL when nobody waits.
struct exchange *queue_take(struct queue *queue) CHECK_RESULT;
void queue_deinit(struct queue *queue);
