// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the tests of src/numspot share: requests and results in one line.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/cloud.h"
#include "core/memory.h"
#include "numspot/wire.h"

#define SPACE "11111111-2222-4333-8444-555555555555"

// A complete HTTP answer; NULL for the body is an empty one.
static inline struct transfer_result answered(uint64_t id, int status, const char *body)
{
    return (struct transfer_result){
        .id = id,
        .transport = TRANSPORT_ANSWERED,
        .status = status,
        .body = memory_text(body == NULL ? "" : body),
        .body_length = body == NULL ? 0 : strlen(body),
        .duration_ms = 5,
    };
}

static inline struct transfer_result unanswered(
    uint64_t id, enum transport transport, const char *explanation)
{
    return (struct transfer_result){
        .id = id, .transport = transport, .explanation = memory_text(explanation)};
}

// A request on one target, or none; a creation has an image of that name.
static inline struct request *request_for(enum operation operation, const char *target)
{
    struct request *request = request_new(operation, "web-base");
    if (operation == OPERATION_CREATE_IMAGE) {
        request->image = image_new();
        request->image->name = memory_text("web-base");
    }
    if (target != NULL)
        text_list_add(&request->targets, target);
    if (operation == OPERATION_SET_TAGS || operation == OPERATION_REMOVE_TAGS)
        tag_list_set(&request->tags, "Name", "My Image");
    return request;
}

// One that can be sent.
static inline struct request *valid_request(enum operation operation)
{
    bool all = operation == OPERATION_LIST_IMAGES || operation == OPERATION_CREATE_IMAGE;
    return request_for(operation, all ? NULL : "ami-1da964b7");
}
