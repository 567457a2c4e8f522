// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "numspot/queue.h"

static enum queue_class class_of(enum operation operation)
{
    bool urgent = operation_is_write(operation) || operation == OPERATION_FIND_BY_NAME ||
                  operation == OPERATION_READ_IMAGE;
    return urgent ? QUEUE_URGENT : QUEUE_PATIENT;
}

struct exchange *exchange_new(struct request *request)
{
    struct exchange *exchange = memory_new(1, sizeof(*exchange));
    exchange->request = request;
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    request_free(exchange->request);
    free(exchange);
}

void queue_add(struct queue *queue, struct exchange *exchange)
{
    enum queue_class class = class_of(exchange->request->operation);
    exchange->next = NULL;
    if (queue->last[class] == NULL)
        queue->first[class] = exchange;
    else
        queue->last[class]->next = exchange;
    queue->last[class] = exchange;
    queue->count++;
}

void queue_return(struct queue *queue, struct exchange *exchange)
{
    enum queue_class class = class_of(exchange->request->operation);
    exchange->next = queue->first[class];
    queue->first[class] = exchange;
    if (queue->last[class] == NULL)
        queue->last[class] = exchange;
    queue->count++;
}

static enum queue_class next_class(struct queue *queue)
{
    if (queue->first[QUEUE_PATIENT] == NULL)
        return QUEUE_URGENT;
    if (queue->first[QUEUE_URGENT] == NULL || queue->urgent_run >= QUEUE_URGENT_RUN) {
        queue->urgent_run = 0;
        return QUEUE_PATIENT;
    }
    queue->urgent_run++;
    return QUEUE_URGENT;
}

struct exchange *queue_take(struct queue *queue)
{
    if (queue->count == 0)
        return NULL;
    enum queue_class class = next_class(queue);
    struct exchange *exchange = queue->first[class];
    queue->first[class] = exchange->next;
    if (queue->first[class] == NULL)
        queue->last[class] = NULL;
    queue->count--;
    exchange->next = NULL;
    return exchange;
}

void queue_deinit(struct queue *queue)
{
    struct exchange *exchange;
    while ((exchange = queue_take(queue)) != NULL)
        exchange_free(exchange);
    *queue = (struct queue){0};
}
