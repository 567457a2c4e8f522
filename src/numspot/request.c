// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "numspot/image_json.h"
#include "numspot/percent.h"
#include "numspot/request.h"

#define LIST_LIMIT_BYTES   (128 * 1024 * 1024) // a hundred thousand images are the half of it
#define CHUNK_LIMIT_BYTES  (16 * 1024 * 1024)  // of a hundred images or VMs that were asked for
#define ANSWER_LIMIT_BYTES (1024 * 1024)

typedef char *write_body(const struct request *request, struct error *error);

static write_body write_creation;
static write_body write_tags;
static write_body write_access;

static const struct {
    const char *method;
    const char *path;
    bool target_in_path;
    const char *filter; // of the query, once a target; without any, all are asked for
    bool all_meant;     // that may be so
    write_body *body;
    size_t answer_limit_bytes;
} operations[OPERATION_COUNT] = {
    [OPERATION_LIST_IMAGES] = {"GET", "/images", false, NULL, true, NULL, LIST_LIMIT_BYTES},
    [OPERATION_FIND_BY_NAME] = {"GET", "/images", false, "imageNames", false, NULL,
        CHUNK_LIMIT_BYTES},
    [OPERATION_READ_IMAGES] = {"GET", "/images", false, "ids", false, NULL, CHUNK_LIMIT_BYTES},
    [OPERATION_READ_IMAGE] = {"GET", "/images", true, NULL, false, NULL, ANSWER_LIMIT_BYTES},
    [OPERATION_READ_SNAPSHOTS] = {"GET", "/snapshots", false, "ids", true, NULL, LIST_LIMIT_BYTES},
    [OPERATION_READ_VMS] = {"GET", "/vms", false, "ids", true, NULL, LIST_LIMIT_BYTES},
    [OPERATION_CREATE_IMAGE] = {"POST", "/images", false, NULL, true, write_creation,
        ANSWER_LIMIT_BYTES},
    [OPERATION_SET_TAGS] = {"PATCH", "/bulk/tags", false, NULL, false, write_tags,
        ANSWER_LIMIT_BYTES},
    [OPERATION_REMOVE_TAGS] = {"DELETE", "/bulk/tags", false, NULL, false, write_tags,
        ANSWER_LIMIT_BYTES},
    [OPERATION_SET_ACCESS] = {"PUT", "/images", true, NULL, false, write_access,
        ANSWER_LIMIT_BYTES},
    [OPERATION_DELETE_IMAGE] = {"DELETE", "/images", true, NULL, false, NULL, ANSWER_LIMIT_BYTES},
    [OPERATION_DELETE_SNAPSHOT] = {"DELETE", "/snapshots", true, NULL, false, NULL,
        ANSWER_LIMIT_BYTES},
};

static char *write_creation(const struct request *request, struct error *error)
{
    if (request->image == NULL || request->image->name == NULL) {
        error_set(error, ERROR_INVALID, "the image to create has no name");
        return NULL;
    }
    return image_json_write(request->image, error);
}

static char *dump(json_t *value, struct error *error)
{
    char *body = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    if (body == NULL)
        error_set(error, ERROR_INVALID, "a text of the request is not UTF-8");
    return body;
}

static char *write_tags(const struct request *request, struct error *error)
{
    if (request->targets.count == 0 || request->tags.count == 0) {
        error_set(error, ERROR_INVALID, "there is nothing to tag, or no tag");
        return NULL;
    }
    json_t *ids = json_array();
    for (size_t i = 0; i < request->targets.count; i++)
        json_array_append_new(ids, json_string_nocheck(request->targets.items[i]));
    json_t *tags = json_array();
    for (size_t i = 0; i < request->tags.count; i++) {
        json_t *tag = json_object();
        json_object_set_new_nocheck(tag, "key", json_string_nocheck(request->tags.items[i].key));
        json_object_set_new_nocheck(
            tag, "value", json_string_nocheck(request->tags.items[i].value));
        json_array_append_new(tags, tag);
    }
    json_t *body = json_object();
    json_object_set_new_nocheck(body, "resourceIds", ids);
    json_object_set_new_nocheck(body, "tags", tags);
    return dump(body, error);
}

// The API takes isPublic: true both ways: what is added, or what is taken away.
static char *write_access(const struct request *request, struct error *error)
{
    json_t *access = json_object();
    json_object_set_new_nocheck(access, "isPublic", json_true());
    json_t *change = json_object();
    json_object_set_new_nocheck(change, request->is_public ? "additions" : "removals", access);
    json_t *body = json_object();
    json_object_set_new_nocheck(body, "accessCreation", change);
    return dump(body, error);
}

static void append_path(const struct request *request, struct text *out)
{
    text_append(out, operations[request->operation].path);
    if (operations[request->operation].target_in_path && request->targets.count > 0) {
        text_append(out, "/");
        percent_append(out, request->targets.items[0]);
    }
}

char *request_path(const struct request *request)
{
    struct text path = {0};
    append_path(request, &path);
    return text_steal(&path);
}

static char *make_target(const struct request *request, const char *space_id)
{
    struct text target = {0};
    text_append(&target, "/compute/spaces/");
    percent_append(&target, space_id);
    append_path(request, &target);
    const char *filter = operations[request->operation].filter;
    for (size_t i = 0; filter != NULL && i < request->targets.count; i++) {
        text_format(&target, "%c%s=", i == 0 ? '?' : '&', filter);
        percent_append(&target, request->targets.items[i]);
    }
    return text_steal(&target);
}

// An empty id would turn "this image" into "all images", a missing filter "these" into "all": what
// is to be chosen by its tags is looked for among all, the rest never.
static int check_targets(const struct request *request, struct error *error)
{
    bool needed = !operations[request->operation].all_meant;
    if (needed && request->targets.count == 0)
        return error_set(error, ERROR_INVALID, "it is not said of what");
    for (size_t i = 0; i < request->targets.count; i++) {
        const char *target = request->targets.items[i];
        if (target[0] == '\0' || strcmp(target, ".") == 0 || strcmp(target, "..") == 0)
            return error_set(error, ERROR_INVALID, "'%s' cannot be an id or a name", target);
    }
    return 0;
}

struct transfer *request_encode(
    const struct request *request, const char *space_id, struct error *error)
{
    if (check_targets(request, error) != 0)
        return NULL;
    write_body *write = operations[request->operation].body;
    char *body = NULL;
    if (write != NULL && (body = write(request, error)) == NULL)
        return NULL;
    struct transfer *transfer = memory_new(1, sizeof(*transfer));
    transfer->method = operations[request->operation].method;
    transfer->target = make_target(request, space_id);
    transfer->body = body;
    transfer->body_length = body == NULL ? 0 : strlen(body);
    transfer->content_type = body == NULL ? NULL : "application/json";
    transfer->fresh_connection = request->operation == OPERATION_CREATE_IMAGE;
    transfer->answer_limit_bytes = operations[request->operation].answer_limit_bytes;
    return transfer;
}
