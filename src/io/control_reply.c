// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The form of answers: headers that all have, problem documents, entity tags. What they say is the
// handler's business.
#include "config.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/utf8.h"
#include "io/control_internal.h"

// For all: browsers shall not guess types, and nobody shall keep an answer without asking whether
// it still holds.
static const struct control_header common_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-cache"},
};

// Whether one of a list of entity tags (W/"a", "b", or *) is this one.
static bool list_has_tag(const char *list, const char *tag)
{
    size_t length = strlen(tag);
    while (*list != '\0') {
        list += strspn(list, " \t,");
        if (*list == '*')
            return true;
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        if (*list != '"')
            return false;
        const char *start = list + 1;
        const char *end = strchr(start, '"');
        if (end == NULL)
            return false;
        if ((size_t)(end - start) == length && memcmp(start, tag, length) == 0)
            return true;
        list = end + 1;
    }
    return false;
}

bool control_has_tag(const struct control_request *request, const char *entity_tag)
{
    if (request->connection == NULL)
        return false;
    const char *list = MHD_lookup_connection_value(
        request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    return list != NULL && list_has_tag(list, entity_tag);
}

static void free_body(void *body)
{
    free(body);
}

// The library copies headers, and fails only without memory.
static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES)
        memory_exhausted(0);
}

void control_add_headers(struct MHD_Response *response, const char *content_type,
    const struct control_header *headers, size_t header_count)
{
    if (response == NULL)
        memory_exhausted(0);
    for (size_t i = 0; i < sizeof(common_headers) / sizeof(common_headers[0]); i++)
        add_header(response, common_headers[i].name, common_headers[i].value);
    for (size_t i = 0; i < header_count; i++)
        add_header(response, headers[i].name, headers[i].value);
    if (content_type != NULL)
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
}

// Releases a body that nobody wants.
static void drop_body(const struct control_answer *answer)
{
    free(answer->body);
    if (answer->parts != NULL)
        answer->parts->free(answer->parts->data);
}

static struct MHD_Response *make_buffer(const struct control_answer *answer, size_t length)
{
    return MHD_create_response_from_buffer_with_free_callback(length, answer->body, free_body);
}

static struct MHD_Response *make_response(
    struct control_request *request, const struct control_answer *answer, bool with_body)
{
    static const struct control_answer nothing = {0};
    size_t length = answer->body == NULL ? 0
                    : answer->length > 0 ? answer->length
                                         : strlen(answer->body);
    bool is_empty = !with_body || (length == 0 && answer->parts == NULL);
    if (!with_body)
        drop_body(answer);
    struct MHD_Response *response = is_empty ? make_buffer(&nothing, 0)
                                    : answer->parts != NULL
                                        ? control_parts_response(request, answer->parts)
                                        : make_buffer(answer, length);
    const char *content_type = is_empty                       ? NULL
                               : answer->content_type == NULL ? "application/json"
                                                              : answer->content_type;
    control_add_headers(response, content_type, answer->headers, answer->header_count);
    if (answer->entity_tag != NULL) {
        CLEANUP(memory_free_text) char *quoted = memory_format("\"%s\"", answer->entity_tag);
        add_header(response, MHD_HTTP_HEADER_ETAG, quoted);
    }
    return response;
}

void control_reply(struct control_request *request, const struct control_answer *answer)
{
    request->answered = true;
    if (request->control == NULL) {
        drop_body(answer);
        control_request_free(request);
        return;
    }
    bool known = answer->status == MHD_HTTP_OK && answer->entity_tag != NULL &&
                 control_has_tag(request, answer->entity_tag);
    request->status = known ? MHD_HTTP_NOT_MODIFIED : answer->status;
    request->response = make_response(request, answer, !known);
    control_deliver(request);
}

// Ends the text where it stops being UTF-8: at a character that was cut, if anywhere.
static void keep_utf8(char *text)
{
    size_t left = strlen(text);
    size_t taken;
    while (left > 0 && (taken = utf8_decode(text, left, NULL)) > 0) {
        text += taken;
        left -= taken;
    }
    *text = '\0';
}

static void reply_problem(struct control_request *request, unsigned status, const char *detail,
    const struct control_header *headers, size_t header_count)
{
    json_t *document = json_pack("{s:s, s:i, s:s}", "title", MHD_get_reason_phrase_for(status),
        "status", (int)status, "detail", detail);
    char *body = document == NULL ? NULL : json_dumps(document, JSON_INDENT(2));
    json_decref(document);
    control_reply(request, &(struct control_answer){
                               .status = status,
                               .content_type = "application/problem+json",
                               .body = body,
                               .headers = headers,
                               .header_count = header_count,
                           });
}

void control_reply_problem(
    struct control_request *request, unsigned status, const char *format, ...)
{
    char detail[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    keep_utf8(detail);
    reply_problem(request, status, detail, NULL, 0);
}

void control_reply_busy(
    struct control_request *request, const char *detail, const char *retry_after)
{
    const struct control_header header = {MHD_HTTP_HEADER_RETRY_AFTER, retry_after};
    reply_problem(request, MHD_HTTP_SERVICE_UNAVAILABLE, detail, &header, 1);
}

void control_reply_method(struct control_request *request, const char *allowed)
{
    char detail[256];
    const struct control_header header = {MHD_HTTP_HEADER_ALLOW, allowed};
    snprintf(
        detail, sizeof(detail), "%s is not possible here; allowed: %s", request->method, allowed);
    reply_problem(request, MHD_HTTP_METHOD_NOT_ALLOWED, detail, &header, 1);
}
