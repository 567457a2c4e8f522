// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "etcd/cluster_answer.h"
#include "etcd/message.h"

// gRPC's codes, as the gateway gives them, that mean more than "another member may do better".
enum {
    CODE_INVALID_ARGUMENT = 3,
    CODE_NOT_FOUND = 5,
    CODE_PERMISSION_DENIED = 7,
    CODE_RESOURCE_EXHAUSTED = 8,
    CODE_FAILED_PRECONDITION = 9,
    CODE_OUT_OF_RANGE = 11,
    CODE_UNAUTHENTICATED = 16,
};

// The first row whose code and part of the message fit.
static const struct {
    int64_t code;
    const char *part; // of the message; NULL: any
    enum cluster_verdict verdict;
    enum error_code error;
    const char *advice;
} rows[] = {
    {CODE_UNAUTHENTICATED, NULL, CLUSTER_WANTS_TOKEN, ERROR_REFUSED,
        "; check state.user and state.password_file"},
    {CODE_INVALID_ARGUMENT, "revision of auth store is old", CLUSTER_WANTS_TOKEN, ERROR_REFUSED,
        ""},
    {CODE_INVALID_ARGUMENT, "user name is empty", CLUSTER_WANTS_TOKEN, ERROR_REFUSED,
        "; give state.user and state.password_file"},
    {CODE_INVALID_ARGUMENT, "authentication failed", CLUSTER_WRONG, ERROR_REFUSED,
        "; check state.user and state.password_file"},
    {CODE_INVALID_ARGUMENT, "too large", CLUSTER_WRONG, ERROR_FULL,
        "; a record must be smaller than etcd's limit for a request (--max-request-bytes)"},
    {CODE_INVALID_ARGUMENT, NULL, CLUSTER_WRONG, ERROR_INVALID, ""},
    {CODE_NOT_FOUND, NULL, CLUSTER_WRONG, ERROR_NOT_FOUND, ""},
    {CODE_PERMISSION_DENIED, NULL, CLUSTER_WRONG, ERROR_REFUSED,
        "; the role of state.user must allow reading and writing below state.prefix"},
    {CODE_RESOURCE_EXHAUSTED, "space exceeded", CLUSTER_WRONG, ERROR_FULL,
        "; compact and defragment etcd, raise --quota-backend-bytes, and disarm the alarm"},
    {CODE_FAILED_PRECONDITION, "authentication is not enabled", CLUSTER_WRONG, ERROR_REFUSED,
        "; leave state.user out, or enable it"},
    {CODE_OUT_OF_RANGE, NULL, CLUSTER_WRONG, ERROR_BUSY, ""}, // compacted meanwhile
};

static enum cluster_verdict judge_error(
    const struct transfer_result *result, const json_t *body, struct error *error)
{
    int64_t code = etcd_number_of(body, "code");
    const char *message = json_string_value(json_object_get(body, "message"));
    if (message == NULL)
        message = json_string_value(json_object_get(body, "error"));
    if (message == NULL && result->status == 404) {
        error_set(error, ERROR_REFUSED,
            "etcd's JSON gateway is not there (404): etcd must be 3.4 or later, with --enable-grpc-gateway");
        return CLUSTER_WRONG;
    }
    for (size_t i = 0; message != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == code &&
            (rows[i].part == NULL || strstr(message, rows[i].part) != NULL)) {
            error_set(error, rows[i].error, "etcd says: %s%s", message, rows[i].advice);
            return rows[i].verdict;
        }
    error_set(error, ERROR_UNAVAILABLE, "etcd says: %s (status %d)",
        message == NULL ? "nothing that makes sense" : message, result->status);
    return CLUSTER_ELSEWHERE;
}

enum cluster_verdict cluster_judge(
    const struct transfer_result *result, bool stream, json_t **body, struct error *error)
{
    if (result->transport != TRANSPORT_ANSWERED) {
        error_set(error, ERROR_UNAVAILABLE, "%s", result->explanation);
        return CLUSTER_ELSEWHERE;
    }
    if (result->status == 200 && stream)
        return CLUSTER_WELL;
    *body = json_loadb(result->body, result->body_length, JSON_REJECT_DUPLICATES, NULL);
    if (result->status == 200 && json_is_object(*body))
        return CLUSTER_WELL;
    enum cluster_verdict verdict = judge_error(result, *body, error);
    json_decref(*body);
    *body = NULL;
    return verdict;
}
