// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/http_exchange.h"
#include "io/http_explain.h"
#include "io/http_request.h"

struct http_exchange *http_exchange_new(const struct http_settings *settings,
    struct transfer *transfer, http_callback *callback, void *data)
{
    struct http_exchange *exchange = memory_new(1, sizeof(*exchange));
    exchange->settings = settings;
    exchange->transfer = transfer;
    exchange->callback = callback;
    exchange->data = data;
    exchange->started_ns = uv_hrtime();
    exchange->result.id = transfer->id;
    if (http_request_prepare(exchange) != 0)
        http_request_wipe(exchange);
    return exchange;
}

// libcurl takes headers that are cut off in their middle for an answer without a body. 1xx are no
// final answers; libcurl hands one out only when a server switches protocols unasked.
static bool is_answer(const struct http_exchange *exchange, CURLcode code)
{
    bool whole = code == CURLE_OK && exchange->broken == HTTP_BREAK_NONE;
    return (whole || exchange->broken == HTTP_BREAK_ENOUGH) && exchange->headers_ended &&
           exchange->result.status >= 200 && exchange->result.status <= 999;
}

// An answer that did not come to its end says nothing, or people would rely on its half.
static void drop_answer(struct transfer_result *result, char *explanation, enum transport transport)
{
    struct transfer_result bare = {
        .id = result->id,
        .transport = transport,
        .explanation = explanation,
        .duration_ms = result->duration_ms,
    };
    transfer_result_deinit(result);
    *result = bare;
}

static void read_facts(struct http_exchange *exchange, uint64_t *connections)
{
    long status = 0;
    long opened = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange->easy, CURLINFO_NUM_CONNECTS, &opened);
    exchange->result.status = (int)status;
    *connections += (uint64_t)(opened < 0 ? 0 : opened);
}

void http_exchange_finish(struct http_exchange *exchange, CURLcode code, uint64_t *connections)
{
    struct transfer_result *result = &exchange->result;
    result->duration_ms = (int64_t)((uv_hrtime() - exchange->started_ns) / 1000000);
    if (exchange->easy != NULL)
        read_facts(exchange, connections);
    if (is_answer(exchange, code)) {
        result->transport = TRANSPORT_ANSWERED;
        if (result->body == NULL)
            result->body = memory_text("");
    } else {
        drop_answer(result, http_explain(exchange, code),
            exchange->begun ? TRANSPORT_LOST : TRANSPORT_NOT_SENT);
    }
    curl_easy_cleanup(exchange->easy);
    exchange->easy = NULL;
    http_request_wipe(exchange);
}

void http_exchange_free(struct http_exchange *exchange)
{
    transfer_result_deinit(&exchange->result);
    transfer_free(exchange->transfer);
    free(exchange);
}
