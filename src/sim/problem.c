// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The API's errors, one row each.

#include "config.h"

#include "sim/problem.h"

#include <stdarg.h>
#include <stdio.h>

#define DOCUMENTATION "https://docs.numspot.cloud/docs/domains/cloud/errors#"

static const struct row {
    int status;
    const char *type;
    const char *title;
} rows[] = {
    [SIM_PROBLEM_INVALID] = {400, DOCUMENTATION "invalid_parameter", "InvalidParameter"},
    [SIM_PROBLEM_RESOURCE] = {400, DOCUMENTATION "invalid_parameter", "InvalidResource"},
    [SIM_PROBLEM_UNAUTHORISED] = {401, DOCUMENTATION "unauthenticated_access",
        "Unauthorized attempt to access a resource without proper authentication."},
    [SIM_PROBLEM_FORBIDDEN] = {403, DOCUMENTATION "forbidden", "forbidden"},
    [SIM_PROBLEM_NOT_FOUND] = {404, DOCUMENTATION "not_found", "ResourceNotFound"},
    [SIM_PROBLEM_METHOD] = {405, DOCUMENTATION "method_not_allowed", "MethodNotAllowed"},
    [SIM_PROBLEM_CONFLICT] = {409, DOCUMENTATION "invalid_parameter", "ResourceConflict"},
    [SIM_PROBLEM_IMAGE_STATE] = {409, DOCUMENTATION "invalid_parameter", "InvalidImageState"},
    [SIM_PROBLEM_SNAPSHOT_STATE] = {409, DOCUMENTATION "invalid_parameter", "InvalidSnapshotState"},
    [SIM_PROBLEM_QUOTA] = {409, DOCUMENTATION "invalid_parameter", "QuotaExceeded"},
    [SIM_PROBLEM_TOO_LARGE] = {413, DOCUMENTATION "content_too_large", "ContentTooLarge"},
    [SIM_PROBLEM_TOO_LONG] = {414, DOCUMENTATION "uri_too_long", "URITooLong"},
    [SIM_PROBLEM_MEDIA_TYPE] = {415, DOCUMENTATION "invalid_parameter", "UnsupportedMediaType"},
    [SIM_PROBLEM_TOO_MANY] = {429, DOCUMENTATION "too_many_requests", "TooManyRequests"},
    [SIM_PROBLEM_INTERNAL] = {500, DOCUMENTATION "internal_error", "InternalError"},
    [SIM_PROBLEM_UNMODELLED] = {501, DOCUMENTATION "not_implemented", "NotImplemented"},
};

static json_t *new_problem(const struct row *row, const char *instance, const char *detail)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "type", row->type, "title", row->title, "detail",
        detail, "instance", instance);
}

void sim_problem_answer(struct sim_response *response, enum sim_problem problem,
    const char *instance, const char *detail, ...)
{
    const struct row *row = &rows[problem];
    char text[512];
    va_list arguments;

    va_start(arguments, detail);
    vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    sim_response_document(
        response, row->status, "application/problem+json", new_problem(row, instance, text));
}

void sim_problem_violations(struct sim_response *response, const char *instance, json_t *violations)
{
    const struct row *row = &rows[SIM_PROBLEM_INVALID];
    json_t *document = new_problem(row, instance, "The request is not valid.");

    json_object_set_new(document, "violations", violations);
    sim_response_document(response, row->status, "application/problem+json", document);
}
