// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/error.h"
#include "core/memory.h"
#include "numspot/answer.h"
#include "numspot/explanation.h"
#include "numspot/http_date.h"
#include "numspot/image_json.h"
#include "numspot/json_list.h"
#include "numspot/problem_json.h"
#include "numspot/request.h"
#include "numspot/source_json.h"

#define TEXT_LIMIT       2000
#define REQUEST_ID_LIMIT 128

// What was refused for sure. Any other 4xx is REJECTED; all else (1xx, redirects, 5xx, what does
// not exist) and what may have been applied before it failed (408; 499 is nginx's word for it) is
// no answer at all.
static const struct {
    int status;
    enum outcome outcome;
} refusals[] = {
    {400, OUTCOME_INVALID},
    {401, OUTCOME_UNAUTHENTICATED},
    {403, OUTCOME_FORBIDDEN},
    {404, OUTCOME_NOT_FOUND},
    {409, OUTCOME_CONFLICT},
    {414, OUTCOME_TOO_LONG},
    {424, OUTCOME_DEPENDENCY},
    {429, OUTCOME_THROTTLED},
};

static enum outcome without_answer(enum operation operation)
{
    return operation_is_write(operation) ? OUTCOME_LOST : OUTCOME_BROKEN;
}

static enum outcome outcome_of_status(int status, enum operation operation)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].status == status)
            return refusals[i].outcome;
    bool refused = status >= 400 && status < 500 && status != 408 && status != 499;
    return refused ? OUTCOME_REJECTED : without_answer(operation);
}

static void start(const struct request *request, struct answer *answer)
{
    *answer = (struct answer){.request_id = request->id, .operation = request->operation};
}

void answer_without_exchange(const struct request *request, enum outcome outcome, const char *cause,
    int64_t retry_after_ms, struct answer *answer)
{
    start(request, answer);
    answer->outcome = outcome;
    answer->retry_after_ms = retry_after_ms;
    answer->explanation = explanation_of(answer, cause);
}

void answer_redact(struct answer *answer, const char *secret)
{
    explanation_redact(answer->title, secret);
    explanation_redact(answer->detail, secret);
    explanation_redact(answer->explanation, secret);
    explanation_redact(answer->cloud_request_id, secret);
    for (size_t i = 0; i < answer->violation_count; i++) {
        explanation_redact(answer->violations[i].field, secret);
        explanation_redact(answer->violations[i].description, secret);
    }
}

static const char *describe_body(const struct transfer_result *result)
{
    if (result->body_length == 0)
        return "the body is empty";
    if (strspn(result->body, " \t\r\n") < result->body_length &&
        result->body[strspn(result->body, " \t\r\n")] == '<')
        return "the body is a page for people: something in front of the API answered";
    return "the body is not what the API promises";
}

// Whether the list was filtered, and the image is not one that was asked for.
static bool is_unasked(const struct request *request, const struct image *image)
{
    const char *found = image->id;
    if (request->operation == OPERATION_FIND_BY_NAME)
        found = image->name;
    else if (request->operation != OPERATION_READ_IMAGES)
        return false;
    for (size_t i = 0; found != NULL && i < request->targets.count; i++)
        if (strcmp(request->targets.items[i], found) == 0)
            return false;
    return true;
}

// What the elements of a list of images are read into.
struct images_read {
    const struct request *request;
    struct answer *answer;
};

static int read_listed(
    const json_t *element, const struct json_place *place, void *data, struct error *error)
{
    struct images_read *read = data;
    struct image *image = image_json_read(element, place, error);
    if (image == NULL)
        return -1;
    if (!is_unasked(read->request, image))
        image_list_add(&read->answer->images, image);
    image_free(image);
    return 0;
}

// A list without `items` is not an empty list (cases, 15).
static int read_images(const struct request *request, const struct transfer_result *result,
    struct answer *answer, struct error *error)
{
    struct images_read read = {.request = request, .answer = answer};
    switch (json_list_read(result->body, result->body_length, "items", read_listed, &read, error)) {
    case JSON_LIST_READ:
        return 0;
    case JSON_LIST_WRONG:
        break;
    case JSON_LIST_NOT_JSON:
        return error_set(error, ERROR_INVALID, "%s", describe_body(result));
    }
    return -1;
}

static int read_sources(const json_t *body, struct answer *answer, struct error *error)
{
    struct json_place list = {.name = "items"};
    const json_t *items = json_object_get(body, "items");
    if (!json_is_array(items))
        return json_read_wrong(&list, "a list", items, error);
    size_t count = json_array_size(items);
    answer->sources = memory_new(count, sizeof(answer->sources[0]));
    for (size_t i = 0; i < count; i++) {
        struct json_place place = {.above = &list, .index = i};
        answer->source_count = i + 1;
        if (source_json_read(json_array_get(items, i), &place, &answer->sources[i], error) != 0)
            return -1;
    }
    return 0;
}

// One image; where one was named, that one.
static int read_one(
    const struct request *request, const json_t *body, struct answer *answer, struct error *error)
{
    struct image *image = image_json_read(body, NULL, error);
    if (image == NULL)
        return -1;
    int result = 0;
    if (request->operation != OPERATION_CREATE_IMAGE && request->targets.count > 0 &&
        strcmp(image->id, request->targets.items[0]) != 0)
        result = error_set(error, ERROR_INVALID, "it is about another image, %.64s", image->id);
    else
        image_list_add(&answer->images, image);
    image_free(image);
    return result;
}

// A 204, or another 2xx; but a page for people was not sent by the API, which then did nothing.
static int read_nothing(const struct transfer_result *result, struct error *error)
{
    size_t blank = strspn(result->body, " \t\r\n");
    if (blank >= result->body_length)
        return 0;
    json_t *body = json_read_body(result->body, result->body_length, error);
    if (body == NULL)
        return -1;
    json_decref(body);
    return 0;
}

static bool lists_sources(enum operation operation)
{
    return operation == OPERATION_READ_SNAPSHOTS || operation == OPERATION_READ_VMS;
}

static int read_success(const struct request *request, const struct transfer_result *result,
    struct answer *answer, struct error *error)
{
    bool one = request->operation == OPERATION_READ_IMAGE ||
               request->operation == OPERATION_CREATE_IMAGE ||
               request->operation == OPERATION_SET_ACCESS;
    if (!one && operation_is_write(request->operation))
        return read_nothing(result, error);
    if (!one && !lists_sources(request->operation))
        return read_images(request, result, answer, error);
    json_t *body = json_read_body(result->body, result->body_length, error);
    if (body == NULL)
        return error_set(error, ERROR_INVALID, "%s", describe_body(result));
    int failed = json_is_object(body) ? 0 : json_read_wrong(NULL, "an object", body, error);
    if (failed == 0)
        failed = one ? read_one(request, body, answer, error) : read_sources(body, answer, error);
    json_decref(body);
    return failed;
}

static void drop_content(struct answer *answer)
{
    struct answer dropped = {
        .images = answer->images, .sources = answer->sources, .source_count = answer->source_count};
    answer_deinit(&dropped);
    answer->images = (struct image_list){0};
    answer->sources = NULL;
    answer->source_count = 0;
}

static void take_document(struct problem_document *document, struct answer *answer)
{
    answer->title = explanation_clean(document->title, TEXT_LIMIT);
    answer->detail = explanation_clean(document->detail, TEXT_LIMIT);
    answer->violations = document->violations;
    answer->violation_count = document->violation_count;
    document->violations = NULL;
    document->violation_count = 0;
}

// A list without matches is empty: a 404 says that there is no such list, which is about the way to
// it.
static bool names_a_resource(enum operation operation)
{
    return operation == OPERATION_READ_IMAGE || operation_is_write(operation);
}

static void decode_refusal(
    const struct request *request, const struct transfer_result *result, struct answer *answer)
{
    struct problem_document document;
    bool readable = problem_document_read(result->body, result->body_length, &document);
    answer->outcome = outcome_of_status(result->status, request->operation);
    const char *cause = readable ? NULL : describe_body(result);
    if (answer->outcome == OUTCOME_NOT_FOUND) {
        char *path = request_path(request);
        if (!names_a_resource(request->operation) || !problem_document_is_about(&document, path)) {
            answer->outcome = without_answer(request->operation);
            cause =
                "this 404 is not about the resource but about the way to it: check numspot.host "
                "and space_id, or wait until the API is back";
        }
        free(path);
    }
    take_document(&document, answer);
    problem_document_deinit(&document);
    answer->explanation = explanation_of(answer, cause);
}

static void decode_success(
    const struct request *request, const struct transfer_result *result, struct answer *answer)
{
    struct error error = {0};
    if (read_success(request, result, answer, &error) == 0) {
        answer->outcome = OUTCOME_OK;
        return;
    }
    drop_content(answer);
    answer->outcome = without_answer(request->operation);
    answer->explanation = explanation_of(answer, error.message);
}

void answer_decode(const struct request *request, const struct transfer_result *result,
    int64_t wall_ms, struct answer *answer)
{
    start(request, answer);
    if (result->transport != TRANSPORT_ANSWERED) {
        answer->outcome = result->transport == TRANSPORT_NOT_SENT
                              ? OUTCOME_NOT_SENT
                              : without_answer(request->operation);
        answer->explanation = explanation_of(answer, result->explanation);
        return;
    }
    answer->status = result->status;
    answer->cloud_request_id = explanation_clean(result->request_id, REQUEST_ID_LIMIT);
    if (http_date_parse(result->date, &answer->server_wall_ms) != 0)
        answer->server_wall_ms = 0;
    answer->retry_after_ms = retry_after_parse(
        result->retry_after, answer->server_wall_ms != 0 ? answer->server_wall_ms : wall_ms);
    if (result->status >= 200 && result->status < 300)
        decode_success(request, result, answer);
    else
        decode_refusal(request, result, answer);
}
