// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a request says, decoded once. A path is split before it is decoded, so that a name may
// contain a slash.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/utf8.h"
#include "io/control_internal.h"

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character = (char)(character | 0x20);
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

static bool is_text(const char *bytes, size_t length)
{
    while (length > 0) {
        size_t taken = utf8_decode(bytes, length, NULL);
        if (taken == 0 || *bytes == '\0')
            return false;
        bytes += taken;
        length -= taken;
    }
    return true;
}

// Undoes percent-encoding; NULL when it is malformed, hides a NUL, or the text is not UTF-8.
static char *decode(const char *from, size_t length)
{
    CLEANUP(memory_free_text) char *out = memory_new(length + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (from[i] != '%') {
            out[used++] = from[i];
            continue;
        }
        int high = length - i > 2 ? hex_digit(from[i + 1]) : -1;
        int low = length - i > 2 ? hex_digit(from[i + 2]) : -1;
        if (high < 0 || low < 0)
            return NULL;
        out[used++] = (char)(high * 16 + low);
        i += 2;
    }
    if (!is_text(out, used))
        return NULL;
    char *text = out;
    out = NULL;
    return text;
}

static int add_segments(struct control_request *request, const char *path)
{
    if (*path == '/')
        path++;
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        CLEANUP(memory_free_text) char *segment = decode(path, length);
        if (segment == NULL)
            return -1;
        text_list_add(&request->segments, segment);
        path += length;
        if (*path == '/' && *++path == '\0')
            text_list_add(&request->segments, "");
    }
    return 0;
}

struct parsing {
    struct control_request *request;
    bool broken;
};

// Of an argument given twice, the first counts.
static enum MHD_Result add_argument(
    void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    struct parsing *parsing = data;
    CLEANUP(memory_free_text) char *name = decode(key, strlen(key));
    CLEANUP(memory_free_text)
    char *text = decode(value == NULL ? "" : value, value == NULL ? 0 : strlen(value));
    if (name == NULL || text == NULL)
        parsing->broken = true;
    else if (tag_list_find(&parsing->request->query, name) == NULL)
        tag_list_set(&parsing->request->query, name, text);
    return parsing->broken ? MHD_NO : MHD_YES;
}

int control_request_parse(
    struct control_request *request, struct MHD_Connection *connection, const char *path)
{
    struct parsing parsing = {.request = request};
    if (add_segments(request, path) != 0)
        return -1;
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_argument, &parsing);
    return parsing.broken ? -1 : 0;
}

void control_request_free(struct control_request *request)
{
    if (request->response != NULL)
        MHD_destroy_response(request->response);
    free(request->method);
    free(request->path);
    text_list_deinit(&request->segments);
    tag_list_deinit(&request->query);
    text_deinit(&request->body);
    free(request);
}

const char *control_method(const struct control_request *request)
{
    return strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
}

const char *control_path(const struct control_request *request)
{
    return request->path;
}

const char *control_segment(const struct control_request *request, size_t index)
{
    return index < request->segments.count ? request->segments.items[index] : NULL;
}

size_t control_segment_count(const struct control_request *request)
{
    return request->segments.count;
}

const char *control_query(const struct control_request *request, const char *name)
{
    return tag_list_find(&request->query, name);
}

const char *control_body(const struct control_request *request, size_t *length)
{
    *length = request->body.length;
    return text_string(&request->body);
}

bool control_can_write(const struct control_request *request)
{
    return request->can_write;
}

const char *control_peer(const struct control_request *request)
{
    return request->peer;
}
