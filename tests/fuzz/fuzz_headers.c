// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any lines as the headers of an answer, what follows an empty one as its body in pieces: through
// the callbacks that libcurl calls, and then through all that reads a header's value. Beside not
// crashing: limits hold, what is kept can be printed, waits are bounded, and a date that is read is
// one that can be written.
#include "config.h"

#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "io/http_answer.h"
#include "io/http_exchange.h"
#include "numspot/http_date.h"
#include "fuzz/fuzz.h"

#define HEADER_LIMIT_BYTES 4096
#define BODY_LIMIT_BYTES   8192
#define PIECE_BYTES        700
#define WALL_MS            INT64_C(1795600800000)

static void check_value(const char *value)
{
    if (value == NULL)
        return;
    REQUIRE(strlen(value) <= 256);
    for (; *value != '\0'; value++)
        REQUIRE(*value >= ' ' && *value < 0x7f);
}

static void check_date(const char *text)
{
    int64_t ms = -7;
    if (text == NULL || http_date_parse(text, &ms) != 0) {
        REQUIRE(ms == -7);
        return;
    }
    char again[64];
    struct tm fields;
    time_t seconds = (time_t)(ms / 1000);
    int64_t reread = 0;
    REQUIRE(gmtime_r(&seconds, &fields) != NULL);
    REQUIRE(strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &fields) > 0);
    REQUIRE(http_date_parse(again, &reread) == 0 && reread == ms);
}

static void check_result(const struct transfer_result *result)
{
    check_value(result->content_type);
    check_value(result->retry_after);
    check_value(result->date);
    check_value(result->request_id);
    check_date(result->date);
    check_date(result->retry_after);
    int64_t wait = retry_after_parse(result->retry_after, WALL_MS);
    REQUIRE(wait >= 0 && wait <= RETRY_AFTER_LIMIT_MS);
    REQUIRE(result->body_length <= BODY_LIMIT_BYTES);
}

static size_t give_headers(struct http_exchange *exchange, char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && !exchange->headers_ended) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - bytes) - at + 1;
        if (http_answer_header(bytes + at, 1, length, exchange) != length)
            break;
        at += length;
    }
    REQUIRE(exchange->header_bytes <= HEADER_LIMIT_BYTES);
    return at;
}

static void give_body(struct http_exchange *exchange, char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = size - at < PIECE_BYTES ? size - at : PIECE_BYTES;
        if (http_answer_body(bytes + at, 1, length, exchange) != length)
            break;
        at += length;
        REQUIRE(exchange->result.body[exchange->result.body_length] == '\0');
    }
    REQUIRE((exchange->broken == HTTP_BREAK_BODY_LIMIT) == (size > BODY_LIMIT_BYTES));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct http_settings settings = {.header_limit_bytes = HEADER_LIMIT_BYTES};
    struct transfer transfer = {.method = "GET", .answer_limit_bytes = BODY_LIMIT_BYTES};
    struct http_exchange exchange = {.settings = &settings, .transfer = &transfer};
    char *copy = memory_resize(NULL, size, 1); // libcurl's buffers are not terminated
    memcpy(copy, bytes, size);
    size_t used = give_headers(&exchange, copy, size);
    if (exchange.broken == HTTP_BREAK_NONE)
        give_body(&exchange, copy + used, size - used);
    check_result(&exchange.result);
    transfer_result_deinit(&exchange.result);
    free(copy);
    return 0;
}
