// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "http_client.h"

#define WAIT_LIMIT_NS 20000000000u
#define TICK_MS       20

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void on_closed(void *data)
{
    struct client *client = data;
    client->closed = true;
}

void client_init(struct client *client, const char *base_url, struct http_options options)
{
    struct error error = {0};
    memset(client, 0, sizeof(*client));
    assert_int_equal(uv_loop_init(&client->loop), 0);
    uv_timer_init(&client->loop, &client->tick);
    uv_timer_start(&client->tick, on_tick, TICK_MS, TICK_MS);
    options.base_url = base_url;
    if (options.request_timeout_ms == 0)
        options.request_timeout_ms = 15000;
    client->http = http_new(&client->loop, &options, &error);
    if (client->http == NULL)
        fail_msg("http_new: %s", error.message);
}

static bool is_closed(void *data)
{
    const struct client *client = data;
    return client->closed;
}

void client_deinit(struct client *client)
{
    if (client->http != NULL)
        http_close(client->http, on_closed, client);
    client->http = NULL;
    client_wait_until(client, is_closed, client);
    uv_close((uv_handle_t *)&client->tick, NULL);
    uv_run(&client->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&client->loop), 0);
    for (size_t i = 0; i < client->result_count; i++)
        transfer_result_deinit(&client->results[i]);
}

struct transfer *client_transfer(const char *method, const char *target, const char *body)
{
    struct transfer *transfer = memory_new(1, sizeof(*transfer));
    transfer->id = 7;
    transfer->method = method;
    transfer->target = memory_text(target);
    transfer->body = memory_text(body);
    transfer->body_length = body == NULL ? 0 : strlen(body);
    transfer->content_type = body == NULL ? NULL : "application/json";
    transfer->answer_limit_bytes = 64 * 1024;
    return transfer;
}

void client_collect(struct transfer_result *result, void *data)
{
    struct client *client = data;
    assert_false(client->calling);
    assert_true(client->result_count < CLIENT_RESULT_LIMIT);
    client->results[client->result_count++] = *result;
    *result = (struct transfer_result){0};
}

void client_send(struct client *client, struct transfer *transfer)
{
    client->calling = true;
    http_send(client->http, transfer, client_collect, client);
    client->calling = false;
}

void client_wait_until(struct client *client, bool (*condition)(void *data), void *data)
{
    uint64_t start = uv_hrtime();
    while (!condition(data)) {
        if (uv_hrtime() - start > WAIT_LIMIT_NS)
            fail_msg("nothing happened for too long");
        uv_run(&client->loop, UV_RUN_ONCE);
    }
}

struct expected_results {
    const struct client *client;
    size_t count;
};

static bool has_results(void *data)
{
    const struct expected_results *expected = data;
    return expected->client->result_count >= expected->count;
}

void client_wait(struct client *client, size_t result_count)
{
    struct expected_results expected = {client, result_count};
    client_wait_until(client, has_results, &expected);
}

struct transfer_result *client_exchange(struct client *client, struct transfer *transfer)
{
    size_t index = client->result_count;
    client_send(client, transfer);
    client_wait(client, index + 1);
    return &client->results[index];
}
