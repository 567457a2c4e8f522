// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "io/http_answer.h"
#include "io/http_exchange.h"

// No header that is kept has any business to be longer.
#define VALUE_LIMIT_BYTES 256

#define FIRST_CAPACITY 4096

// Headers that are kept, and where. Of several for one place, or one that is repeated, the first
// wins.
static const struct {
    const char *name;
    size_t offset;
} kept_headers[] = {
    {"Content-Type", offsetof(struct transfer_result, content_type)},
    {"Retry-After", offsetof(struct transfer_result, retry_after)},
    {"Date", offsetof(struct transfer_result, date)},
    {"X-Request-Id", offsetof(struct transfer_result, request_id)},
    {"X-Correlation-Id", offsetof(struct transfer_result, request_id)},
    {"Request-Id", offsetof(struct transfer_result, request_id)},
};

#define KEPT_HEADER_COUNT (sizeof(kept_headers) / sizeof(kept_headers[0]))

static char **place_of(struct transfer_result *result, size_t row)
{
    return (char **)((char *)result + kept_headers[row].offset);
}

// Whitespace around it is none of the value, and what cannot be printed is not worth keeping as it
// is.
static char *clean_value(const char *from, size_t length)
{
    while (length > 0 && (*from == ' ' || *from == '\t')) {
        from++;
        length--;
    }
    while (length > 0 && strchr(" \t\r\n", from[length - 1]) != NULL)
        length--;
    if (length > VALUE_LIMIT_BYTES)
        length = VALUE_LIMIT_BYTES;
    char *value = memory_text_n(from, length);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)value[i] < ' ' || (unsigned char)value[i] >= 0x7f)
            value[i] = '?';
    }
    return value;
}

static void keep(struct transfer_result *result, const char *line, size_t length)
{
    for (size_t row = 0; row < KEPT_HEADER_COUNT; row++) {
        size_t name_length = strlen(kept_headers[row].name);
        if (length <= name_length || line[name_length] != ':' ||
            strncasecmp(line, kept_headers[row].name, name_length) != 0)
            continue;
        char **place = place_of(result, row);
        if (*place == NULL)
            *place = clean_value(line + name_length + 1, length - name_length - 1);
        return;
    }
}

static void forget_headers(struct transfer_result *result)
{
    for (size_t row = 0; row < KEPT_HEADER_COUNT; row++) {
        char **place = place_of(result, row);
        free(*place);
        *place = NULL;
    }
}

// Trailers come this way as well, behind the body; they count, but say nothing.
size_t http_answer_header(char *line, size_t size, size_t count, void *data)
{
    struct http_exchange *exchange = data;
    size_t length = size * count;
    exchange->answer_begun = true;
    exchange->last_byte_ns = uv_hrtime();
    if (length > exchange->settings->header_limit_bytes - exchange->header_bytes) {
        exchange->broken = HTTP_BREAK_HEADER_LIMIT;
        return 0;
    }
    exchange->header_bytes += length;
    if (exchange->result.body_length > 0)
        return length;
    exchange->headers_ended = line[0] == '\r' || line[0] == '\n';
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        forget_headers(&exchange->result); // of an interim answer (1xx)
    else
        keep(&exchange->result, line, length);
    return length;
}

// Not realloc: an answer may be an access token, and no copy of it shall stay behind.
static void reserve(struct http_exchange *exchange, size_t needed)
{
    struct transfer_result *result = &exchange->result;
    if (needed <= exchange->body_capacity)
        return;
    size_t capacity = exchange->body_capacity;
    if (capacity == 0) {
        curl_off_t announced = -1;
        curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
        size_t limit = exchange->transfer->answer_limit_bytes;
        bool usable = announced > FIRST_CAPACITY && (size_t)announced <= limit;
        capacity = usable ? (size_t)announced + 1 : FIRST_CAPACITY;
    }
    while (capacity < needed)
        capacity *= 2;
    if (capacity > exchange->transfer->answer_limit_bytes)
        capacity = exchange->transfer->answer_limit_bytes + 1; // with its NUL
    char *bytes = memory_new(capacity, 1);
    if (result->body != NULL) {
        memcpy(bytes, result->body, result->body_length);
        explicit_bzero(result->body, result->body_length);
        free(result->body);
    }
    result->body = bytes;
    exchange->body_capacity = capacity;
}

size_t http_answer_body(char *bytes, size_t size, size_t count, void *data)
{
    struct http_exchange *exchange = data;
    struct transfer_result *result = &exchange->result;
    size_t length = size * count;
    exchange->answer_begun = true;
    exchange->last_byte_ns = uv_hrtime();
    if (length > exchange->transfer->answer_limit_bytes - result->body_length) {
        exchange->broken = HTTP_BREAK_BODY_LIMIT;
        return 0;
    }
    reserve(exchange, result->body_length + length + 1);
    memcpy(result->body + result->body_length, bytes, length);
    result->body_length += length;
    result->body[result->body_length] = '\0';
    const char *until = exchange->transfer->until;
    if (until != NULL && strstr(result->body, until) != NULL) {
        exchange->broken = HTTP_BREAK_ENOUGH;
        return 0;
    }
    return length;
}
