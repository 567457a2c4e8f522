// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One function for each kind of fault.

#include "config.h"

#include "sim/fault_perform.h"
#include "sim/memory.h"
#include "sim/problem.h"

#include <stdlib.h>
#include <string.h>

struct sim_late_request {
    char *method;
    char *target;
    char *content_type;
    char *body;
    size_t body_length;
};

static struct sim_api_mode usual_mode(const struct sim_performance *performance)
{
    return (struct sim_api_mode){.now_ms = performance->now_ms, .as_of_ms = performance->now_ms};
}

static void answer(const struct sim_performance *performance, const struct sim_api_mode *mode)
{
    sim_api_answer(
        performance->api, performance->request, performance->target, mode, performance->response);
}

static void answer_well(const struct sim_performance *performance)
{
    struct sim_api_mode mode = usual_mode(performance);

    answer(performance, &mode);
}

static void perform_none(const struct sim_fault *fault, const struct sim_performance *performance)
{
    (void)fault;
    answer_well(performance);
}

// Strings are sent as they are, anything else as JSON.
static void perform_status(const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_response *response = performance->response;
    const char *text = json_string_value(fault->body);
    const char *name;
    json_t *value;

    if (fault->body != NULL && text == NULL) {
        sim_response_document(response, fault->status,
            fault->status < 400 ? "application/json; charset=utf-8" : "application/problem+json",
            json_deep_copy(fault->body));
    } else {
        size_t length = json_string_length(fault->body);

        sim_response_bytes(
            response, fault->status, sim_memory_bytes(text != NULL ? text : "", length), length);
        if (length > 0) {
            sim_response_header(response, "Content-Type", "text/html");
        }
    }
    json_object_foreach((json_t *)fault->headers, name, value) {
        sim_response_header(response, name, json_string_value(value));
    }
}

static void perform_close_before(
    const struct sim_fault *fault, const struct sim_performance *performance)
{
    (void)fault;
    performance->response->verdict = SIM_CLOSE_BEFORE;
}

static void perform_close_after(
    const struct sim_fault *fault, const struct sim_performance *performance)
{
    (void)fault;
    answer_well(performance);
    performance->response->verdict = SIM_CLOSE_AFTER;
}

static void perform_truncate(
    const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_response *response = performance->response;

    (void)fault;
    answer_well(performance);
    response->verdict = response->body_length > 1 ? SIM_TRUNCATE : SIM_CLOSE_AFTER;
}

static void perform_apply_then_500(
    const struct sim_fault *fault, const struct sim_performance *performance)
{
    (void)fault;
    answer_well(performance);
    sim_response_clear(performance->response);
    sim_problem_answer(
        performance->response, SIM_PROBLEM_INTERNAL, performance->target->raw_path, "%s", "");
}

static void perform_stale(const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_api_mode mode = usual_mode(performance);

    mode.as_of_ms -= fault->duration_ms;
    answer(performance, &mode);
}

static void perform_hidden(const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_api_mode mode = usual_mode(performance);

    mode.hidden_ms = fault->duration_ms;
    answer(performance, &mode);
}

static void perform_fail_image(
    const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_api_mode mode = usual_mode(performance);

    (void)fault;
    mode.fail_image = true;
    answer(performance, &mode);
}

static struct sim_late_request *copy_request(const struct sim_request *request)
{
    struct sim_late_request *late = sim_memory_new(sizeof *late);

    late->method = sim_memory_text(request->method);
    late->target = sim_memory_text(request->target);
    late->content_type = sim_memory_text(request->content_type);
    late->body = sim_memory_bytes(request->body, request->body_length);
    late->body_length = request->body_length;
    return late;
}

// The gateway gives up waiting; what stands behind it does not. Who has no token gets no further
// than the gateway.
static void perform_late(const struct sim_fault *fault, const struct sim_performance *performance)
{
    static const char page[] = "<html><body><h1>504 Gateway Time-out</h1></body></html>\n";

    if (sim_api_authorise(performance->api, performance->request, performance->target,
            performance->now_ms, performance->response) != 0) {
        return;
    }
    sim_timeline_push(performance->late, performance->now_ms + fault->duration_ms,
        copy_request(performance->request));
    sim_response_bytes(performance->response, 504, sim_memory_text(page), sizeof page - 1);
    sim_response_header(performance->response, "Content-Type", "text/html");
}

void sim_late_request_run(const struct sim_late_request *late, struct sim_api *api, int64_t now_ms)
{
    struct sim_request request = {
        .method = late->method,
        .target = late->target,
        .content_type = late->content_type,
        .body = late->body,
        .body_length = late->body_length,
    };
    struct sim_api_mode mode = {.now_ms = now_ms, .as_of_ms = now_ms, .is_authorised = true};
    struct sim_response unread;
    struct sim_target target;

    sim_response_init(&unread);
    if (sim_target_init(&target, late->target) == 0) {
        sim_api_answer(api, &request, &target, &mode, &unread);
    }
    sim_target_deinit(&target);
    sim_response_deinit(&unread);
}

void sim_late_request_free(void *item)
{
    struct sim_late_request *late = item;

    free(late->method);
    free(late->target);
    free(late->content_type);
    free(late->body);
    free(late);
}

// RFC 7396: objects are merged, null removes, anything else replaces.
static void merge(json_t *document, const json_t *patch)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)patch, name, value) {
        json_t *old = json_object_get(document, name);

        if (json_is_null(value)) {
            json_object_del(document, name);
        } else if (json_is_object(value) && json_is_object(old)) {
            merge(old, value);
        } else {
            json_object_set_new(document, name, json_deep_copy(value));
        }
    }
}

static void perform_patch(const struct sim_fault *fault, const struct sim_performance *performance)
{
    struct sim_response *response = performance->response;
    json_t *document;
    char *body;

    answer_well(performance);
    document = json_loadb(response->body, response->body_length, 0, NULL);
    if (!json_is_object(document)) {
        json_decref(document);
        return;
    }
    merge(document, fault->body);
    body = json_dumps(document, JSON_COMPACT);
    sim_response_bytes(response, response->status, body, strlen(body));
    json_decref(document);
}

static void (*const performers[])(
    const struct sim_fault *fault, const struct sim_performance *performance) = {
    [SIM_FAULT_NONE] = perform_none,
    [SIM_FAULT_STATUS] = perform_status,
    [SIM_FAULT_CLOSE_BEFORE] = perform_close_before,
    [SIM_FAULT_CLOSE_AFTER] = perform_close_after,
    [SIM_FAULT_TRUNCATE] = perform_truncate,
    [SIM_FAULT_APPLY_THEN_500] = perform_apply_then_500,
    [SIM_FAULT_STALE] = perform_stale,
    [SIM_FAULT_HIDDEN] = perform_hidden,
    [SIM_FAULT_LATE] = perform_late,
    [SIM_FAULT_FAIL_IMAGE] = perform_fail_image,
    [SIM_FAULT_PATCH] = perform_patch,
};

void sim_fault_perform(const struct sim_fault *fault, const struct sim_performance *performance)
{
    if (fault == NULL) {
        answer_well(performance);
        return;
    }
    performers[fault->kind](fault, performance);
    performance->response->delay_ms = fault->delay_ms;
}
