// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The steps that every request to the API goes through. The order is that of a gateway before a
// service: is it a request at all, is there such an operation, who asks, where, and with which
// body.

#include "config.h"

#include "sim/api.h"
#include "sim/memory.h"
#include "sim/oauth.h"
#include "sim/problem.h"
#include "sim/route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUERY_MAX  8192
#define TOKEN_PATH "/iam/token"

struct sim_api {
    char *client_id;
    char *client_secret;
    char *space_id;
    struct sim_cloud *cloud;
    struct sim_tokens *tokens;
};

// One request on its way.
struct passage {
    struct sim_api *api;
    const struct sim_request *request;
    const struct sim_target *target;
    const struct sim_api_mode *mode;
    const struct sim_route *route;
    const char *id;
    json_t *body;
    struct sim_response *response;
};

struct sim_api *sim_api_new(
    const struct sim_scenario *scenario, struct sim_cloud *cloud, struct sim_tokens *tokens)
{
    struct sim_api *api = sim_memory_new(sizeof *api);

    api->cloud = cloud;
    api->tokens = tokens;
    api->space_id = sim_memory_text(scenario->space_id);
    sim_api_set_client(api, scenario->client_id, scenario->client_secret);
    return api;
}

void sim_api_free(struct sim_api *api)
{
    if (api != NULL) {
        free(api->client_id);
        free(api->client_secret);
        free(api->space_id);
        free(api);
    }
}

void sim_api_set_client(struct sim_api *api, const char *id, const char *secret)
{
    free(api->client_id);
    free(api->client_secret);
    api->client_id = sim_memory_text(id);
    api->client_secret = sim_memory_text(secret);
}

int sim_api_authorise(const struct sim_api *api, const struct sim_request *request,
    const struct sim_target *target, int64_t now_ms, struct sim_response *response)
{
    const char *authorization = request->authorization;

    if (target->space == NULL) {
        return 0;
    }
    if (authorization != NULL && strncasecmp(authorization, "Bearer ", strlen("Bearer ")) == 0 &&
        sim_tokens_check(api->tokens, authorization + strlen("Bearer "), now_ms)) {
        return 0;
    }
    sim_problem_answer(response, SIM_PROBLEM_UNAUTHORISED, target->raw_path,
        "Ensure valid credentials are provided.");
    sim_response_header(response, "WWW-Authenticate", "Bearer");
    return -1;
}

static int refuse_method(const struct passage *passage, const char *allowed)
{
    sim_problem_answer(passage->response, SIM_PROBLEM_METHOD, passage->target->raw_path,
        "%s has %s only.", passage->target->operation, allowed);
    sim_response_header(passage->response, "Allow", allowed);
    return -1;
}

static int find_route(struct passage *passage)
{
    const struct sim_target *target = passage->target;
    char allowed[64] = "";

    if (target->query_length > QUERY_MAX) {
        sim_problem_answer(passage->response, SIM_PROBLEM_TOO_LONG, target->raw_path,
            "The query is longer than %d bytes.", QUERY_MAX);
        return -1;
    }
    if (target->space != NULL) {
        passage->route = sim_route_find(
            passage->request->method, target->operation, &passage->id, allowed);
    }
    if (passage->route != NULL) {
        return 0;
    }
    if (allowed[0] != '\0') {
        return refuse_method(passage, allowed);
    }
    sim_problem_answer(
        passage->response, SIM_PROBLEM_NOT_FOUND, target->raw_path, "There is no such path.");
    return -1;
}

static int check_space(const struct passage *passage)
{
    if (strcmp(passage->target->space, passage->api->space_id) == 0) {
        return 0;
    }
    sim_problem_answer(passage->response, SIM_PROBLEM_FORBIDDEN, passage->target->raw_path,
        "the user does not have permission in space '%.64s' (%s)", passage->target->space,
        passage->route->permission);
    return -1;
}

static int check_query(const struct passage *passage)
{
    json_t *violations = json_array();
    const char *name;
    json_t *values;

    if (!passage->route->has_filters) {
        json_object_foreach(passage->target->query, name, values) {
            sim_check_violation(violations, name, "is not a known query parameter");
        }
    }
    if (json_array_size(violations) > 0) {
        sim_problem_violations(passage->response, passage->target->raw_path, violations);
        return -1;
    }
    json_decref(violations);
    return 0;
}

static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    size_t length = sizeof json - 1;

    return content_type != NULL && strncasecmp(content_type, json, length) == 0 &&
           (content_type[length] == '\0' || content_type[length] == ';' ||
               content_type[length] == ' ');
}

static int refuse_body(const struct passage *passage, json_t *violations)
{
    sim_problem_violations(passage->response, passage->target->raw_path, violations);
    return -1;
}

static int read_body(struct passage *passage)
{
    const struct sim_request *request = passage->request;
    json_t *violations;
    json_error_t error;

    if (passage->route->schema == NULL) {
        return 0;
    }
    if (!is_json(request->content_type)) {
        sim_problem_answer(passage->response, SIM_PROBLEM_MEDIA_TYPE, passage->target->raw_path,
            "The body must be application/json.");
        return -1;
    }
    violations = json_array();
    passage->body = json_loadb(request->body != NULL ? request->body : "", request->body_length,
        JSON_REJECT_DUPLICATES, &error);
    if (passage->body == NULL) {
        sim_check_violation(violations, "", "is not JSON: %s", error.text);
        return refuse_body(passage, violations);
    }
    if (sim_check_object(passage->route->schema, passage->body, "", violations) != 0) {
        return refuse_body(passage, violations);
    }
    json_decref(violations);
    return 0;
}

static void call_operation(const struct passage *passage)
{
    struct sim_call call = {
        .cloud = passage->api->cloud,
        .path = passage->target->raw_path,
        .id = passage->id,
        .query = passage->target->query,
        .body = passage->body,
        .now_ms = passage->mode->now_ms,
        .as_of_ms = passage->mode->as_of_ms,
        .hidden_ms = passage->mode->hidden_ms,
        .fail_image = passage->mode->fail_image,
        .response = passage->response,
    };

    passage->route->handle(&call);
}

static void answer_token(struct passage *passage)
{
    struct sim_oauth_client client = {passage->api->client_id, passage->api->client_secret};

    if (strcmp(passage->request->method, "POST") != 0) {
        refuse_method(passage, "POST");
        return;
    }
    sim_oauth_answer(
        passage->api->tokens, &client, passage->request, passage->mode->now_ms, passage->response);
}

void sim_api_answer(struct sim_api *api, const struct sim_request *request,
    const struct sim_target *target, const struct sim_api_mode *mode, struct sim_response *response)
{
    struct passage passage = {
        .api = api, .request = request, .target = target, .mode = mode, .response = response};

    if (strcmp(target->path, TOKEN_PATH) == 0) {
        answer_token(&passage);
        return;
    }
    if (find_route(&passage) == 0 &&
        (mode->is_authorised ||
            sim_api_authorise(api, request, target, mode->now_ms, response) == 0) &&
        check_space(&passage) == 0 && check_query(&passage) == 0 && read_body(&passage) == 0) {
        call_operation(&passage);
    }
    json_decref(passage.body);
}
