// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The token endpoint. Its errors are OAuth 2's, not the API's.

#include "config.h"

#include "sim/oauth.h"
#include "sim/memory.h"
#include "sim/parameters.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FORM "application/x-www-form-urlencoded"

static void answer_error(
    struct sim_response *response, int status, const char *error, const char *description)
{
    sim_response_document(response, status, "application/json",
        json_pack("{s:s, s:s}", "error", error, "error_description", description));
    sim_response_header(response, "Cache-Control", "no-store");
    if (status == 401) {
        sim_response_header(response, "WWW-Authenticate", "Basic realm=\"numspot\"");
    }
}

static int base64_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

// Base64 into a text, to be freed; NULL when it is not base64.
static char *decode_base64(const char *text)
{
    char *decoded = sim_memory_new(strlen(text) + 1);
    unsigned bits = 0, bit_count = 0;
    size_t used = 0;

    for (; base64_value(*text) >= 0; text++) {
        bits = (bits << 6 | (unsigned)base64_value(*text)) & 0xffff;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            decoded[used++] = (char)(bits >> bit_count & 0xff);
        }
    }
    text += strspn(text, "=");
    if (*text != '\0') {
        free(decoded);
        return NULL;
    }
    return decoded;
}

static bool is_client(const struct sim_oauth_client *client, const char *id, const char *secret)
{
    return id != NULL && secret != NULL && strcmp(id, client->id) == 0 &&
           strcmp(secret, client->secret) == 0;
}

// RFC 6749 has id and secret percent-encoded before base64; most clients do not: both are taken.
static bool is_basic_right(const struct sim_oauth_client *client, const char *authorization)
{
    char *pair = decode_base64(authorization + strlen("Basic "));
    char *colon = pair != NULL ? strchr(pair, ':') : NULL;
    char *id, *secret;
    bool right = false;

    if (colon != NULL) {
        *colon = '\0';
        id = sim_parameters_decode(pair, strlen(pair), 1);
        secret = sim_parameters_decode(colon + 1, strlen(colon + 1), 1);
        right = is_client(client, pair, colon + 1) || is_client(client, id, secret);
        free(id);
        free(secret);
    }
    free(pair);
    return right;
}

static bool is_client_right(
    const struct sim_oauth_client *client, const char *authorization, const json_t *form)
{
    const char *id = sim_parameters_first(form, "client_id");
    const char *secret = sim_parameters_first(form, "client_secret");

    if (authorization == NULL) {
        return is_client(client, id, secret);
    }
    if (strncasecmp(authorization, "Basic ", strlen("Basic ")) != 0 ||
        !is_basic_right(client, authorization)) {
        return false;
    }
    return (id == NULL || strcmp(id, client->id) == 0) &&
           (secret == NULL || strcmp(secret, client->secret) == 0);
}

static json_t *read_form(const struct sim_request *request)
{
    const char *type = request->content_type;

    if (type == NULL || strncasecmp(type, FORM, strlen(FORM)) != 0 || request->body == NULL) {
        return NULL;
    }
    return sim_parameters_parse(request->body, request->body_length);
}

static bool has_repeated(const json_t *form)
{
    const char *name;
    json_t *values;

    json_object_foreach((json_t *)form, name, values) {
        if (json_array_size(values) > 1) {
            return true;
        }
    }
    return false;
}

static void answer_token(struct sim_tokens *tokens, int64_t now_ms, struct sim_response *response)
{
    sim_response_document(response, 200, "application/json",
        json_pack("{s:s, s:I, s:s}", "access_token", sim_tokens_issue(tokens, now_ms), "expires_in",
            (json_int_t)(sim_tokens_lifetime_ms(tokens) / 1000), "token_type", "bearer"));
    sim_response_header(response, "Cache-Control", "no-store");
}

void sim_oauth_answer(struct sim_tokens *tokens, const struct sim_oauth_client *client,
    const struct sim_request *request, int64_t now_ms, struct sim_response *response)
{
    json_t *form = read_form(request);
    const char *grant = sim_parameters_first(form, "grant_type");

    if (form == NULL || has_repeated(form)) {
        answer_error(response, 400, "invalid_request",
            "the body must be a form (" FORM ") that has each parameter once");
    } else if (grant == NULL) {
        answer_error(response, 400, "invalid_request", "grant_type is missing");
    } else if (!is_client_right(client, request->authorization, form)) {
        answer_error(
            response, 401, "invalid_client", "the client is not known by these credentials");
    } else if (strcmp(grant, "client_credentials") != 0) {
        answer_error(
            response, 400, "unsupported_grant_type", "grant_type must be client_credentials");
    } else {
        answer_token(tokens, now_ms, response);
    }
    json_decref(form);
}
