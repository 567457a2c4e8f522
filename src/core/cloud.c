// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/cloud.h"
#include "core/memory.h"

// Where an operation's targets go, and so how many it can have.
enum targets { TARGETS_NONE, TARGETS_QUERY, TARGETS_PATH, TARGETS_BODY };

static const struct {
    const char *name;
    bool is_write;
    enum targets targets;
} operations[OPERATION_COUNT] = {
    [OPERATION_LIST_IMAGES] = {"list images", false, TARGETS_NONE},
    [OPERATION_FIND_BY_NAME] = {"find images by name", false, TARGETS_QUERY},
    [OPERATION_READ_IMAGES] = {"read images", false, TARGETS_QUERY},
    [OPERATION_READ_IMAGE] = {"read image", false, TARGETS_PATH},
    [OPERATION_READ_SNAPSHOTS] = {"read snapshots", false, TARGETS_QUERY},
    [OPERATION_READ_VMS] = {"read VMs", false, TARGETS_QUERY},
    [OPERATION_CREATE_IMAGE] = {"create image", true, TARGETS_NONE},
    [OPERATION_SET_TAGS] = {"set tags", true, TARGETS_BODY},
    [OPERATION_REMOVE_TAGS] = {"remove tags", true, TARGETS_BODY},
    [OPERATION_SET_ACCESS] = {"set access", true, TARGETS_PATH},
    [OPERATION_DELETE_IMAGE] = {"delete image", true, TARGETS_PATH},
    [OPERATION_DELETE_SNAPSHOT] = {"delete snapshot", true, TARGETS_PATH},
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_NOT_SENT] = "not sent",
    [OUTCOME_LOST] = "lost",
    [OUTCOME_BROKEN] = "broken",
    [OUTCOME_THROTTLED] = "throttled",
    [OUTCOME_INVALID] = "invalid",
    [OUTCOME_UNAUTHENTICATED] = "unauthenticated",
    [OUTCOME_FORBIDDEN] = "forbidden",
    [OUTCOME_NOT_FOUND] = "not found",
    [OUTCOME_CONFLICT] = "conflict",
    [OUTCOME_DEPENDENCY] = "dependency",
    [OUTCOME_TOO_LONG] = "too long",
    [OUTCOME_REJECTED] = "rejected",
};

bool operation_is_write(enum operation operation)
{
    return operations[operation].is_write;
}

const char *operation_name(enum operation operation)
{
    return operations[operation].name;
}

const char *outcome_name(enum outcome outcome)
{
    return outcome_names[outcome];
}

// Room that one target takes in a query: "&imageNames=" and its bytes, three for each that is not
// plain.
static size_t query_size(const char *target)
{
    size_t size = sizeof("&imageNames=") - 1;
    for (; *target != '\0'; target++)
        size += isalnum((unsigned char)*target) || strchr("-._~", *target) != NULL ? 1 : 3;
    return size;
}

static size_t query_limit(const struct text_list *targets, size_t first)
{
    size_t size = 0;
    size_t last = first;
    for (; last < targets->count; last++) {
        size += query_size(targets->items[last]);
        if (size > REQUEST_QUERY_LIMIT_BYTES)
            break;
    }
    return last > first ? last - first : 1;
}

size_t request_targets_limit(
    enum operation operation, const struct text_list *targets, size_t first)
{
    if (first >= targets->count)
        return 0;
    size_t rest = targets->count - first;
    switch (operations[operation].targets) {
    case TARGETS_QUERY:
        return query_limit(targets, first);
    case TARGETS_BODY:
        return rest < REQUEST_BODY_TARGETS_LIMIT ? rest : REQUEST_BODY_TARGETS_LIMIT;
    case TARGETS_PATH:
        return 1;
    case TARGETS_NONE:
        break;
    }
    return 0;
}

struct request *request_new(enum operation operation, const char *name)
{
    struct request *request = memory_new(1, sizeof(*request));
    request->operation = operation;
    request->name = memory_text(name);
    return request;
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    free(request->name);
    text_list_deinit(&request->targets);
    image_free(request->image);
    tag_list_deinit(&request->tags);
    free(request);
}

void answer_deinit(struct answer *answer)
{
    free(answer->title);
    free(answer->detail);
    free(answer->explanation);
    free(answer->cloud_request_id);
    for (size_t i = 0; i < answer->violation_count; i++) {
        free(answer->violations[i].field);
        free(answer->violations[i].description);
    }
    free(answer->violations);
    image_list_deinit(&answer->images);
    for (size_t i = 0; i < answer->source_count; i++) {
        free(answer->sources[i].id);
        free(answer->sources[i].state);
        tag_list_deinit(&answer->sources[i].tags);
    }
    free(answer->sources);
    *answer = (struct answer){0};
}
