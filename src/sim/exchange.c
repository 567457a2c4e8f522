// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Requests and answers as values. It knows nothing of what is asked.

#include "config.h"

#include "sim/exchange.h"
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

#define MEDIA_JSON "application/json; charset=utf-8"

void sim_response_init(struct sim_response *response)
{
    *response = (struct sim_response){.headers = json_object()};
}

void sim_response_deinit(struct sim_response *response)
{
    json_decref(response->headers);
    free(response->body);
    *response = (struct sim_response){0};
}

void sim_response_clear(struct sim_response *response)
{
    sim_response_deinit(response);
    sim_response_init(response);
}

void sim_response_header(struct sim_response *response, const char *name, const char *value)
{
    json_object_set_new(response->headers, name, json_string(value));
}

void sim_response_bytes(struct sim_response *response, int status, char *body, size_t length)
{
    free(response->body);
    response->status = status;
    response->body = body;
    response->body_length = length;
}

void sim_response_document(
    struct sim_response *response, int status, const char *media_type, json_t *document)
{
    char *body = json_dumps(document, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(document);
    sim_response_bytes(response, status, body, strlen(body));
    sim_response_header(response, "Content-Type", media_type);
}

void sim_response_json(struct sim_response *response, int status, json_t *document)
{
    sim_response_document(response, status, MEDIA_JSON, document);
}

void sim_response_nothing(struct sim_response *response)
{
    sim_response_bytes(response, 204, sim_memory_bytes("", 0), 0);
    sim_response_header(response, "Content-Type", MEDIA_JSON);
}
