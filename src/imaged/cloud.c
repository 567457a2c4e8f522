// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "imaged/clock.h"
#include "imaged/cloud.h"
#include "imaged/secret.h"
#include "io/http.h"
#include "io/log.h"
#include "numspot/answer.h"

// A hundred images or so, which take a millisecond.
#define DECODED_HERE_BYTES (64 * 1024)

// An answer that is being decoded.
struct decoding {
    uv_work_t work;
    struct cloud *cloud;
    const struct request *request; // the client's, which waits for the result
    struct transfer_result result;
    int64_t wall_ms;
    struct answer answer;
};

struct cloud {
    uv_loop_t *loop;
    struct client *client;
    struct http *http;
    struct cloud_gate gate;
    uv_timer_t timer;
    cloud_answered *answered;
    void *data;
    char *client_id;
    char *secret_file;
    size_t decodings; // under way
    bool draining;
    bool pumping;
    void (*drained)(void *data);
    void *drained_data;
    void (*closed)(void *data);
    void *closed_data;
};

static struct client_limits limits_of(const struct configuration *configuration)
{
    return (struct client_limits){
        .rate = configuration->limits.rate.value,
        .burst = configuration->limits.burst.value,
        .in_flight = (size_t)configuration->limits.in_flight.value,
    };
}

static struct client *make_client(const struct configuration *configuration, struct error *error)
{
    char *secret = secret_read(configuration->numspot.client_secret_file, error);
    if (secret == NULL)
        return NULL;
    struct instant now = clock_now();
    struct client_options options = {
        .space_id = configuration->numspot.space_id,
        .client_id = configuration->numspot.client_id,
        .client_secret = secret,
        .limits = limits_of(configuration),
        .seed = (uint64_t)now.wall_ms,
    };
    struct client *client = client_new(&options);
    secret_free(secret);
    return client;
}

static struct http *make_http(uv_loop_t *loop, const struct configuration *configuration,
    struct cloud_gate gate, struct error *error)
{
    struct http_options options = {
        .base_url = configuration->numspot.host,
        .ca_file = configuration->numspot.ca_file,
        .proxy = configuration->numspot.proxy,
        .user_agent = "imaged/" PACKAGE_VERSION,
        .connect_timeout_ms = configuration->numspot.connect_timeout_ms.value,
        .request_timeout_ms = configuration->numspot.request_timeout_ms.value,
        .may_send = gate.is_open,
        .may_send_data = gate.data,
    };
    struct http *http = http_new(loop, &options, error);
    if (http == NULL)
        error_prefix(error, "numspot.host, ca_file or proxy");
    return http;
}

int cloud_check(uv_loop_t *loop, const struct configuration *configuration, struct error *error)
{
    struct http *http = make_http(loop, configuration, (struct cloud_gate){0}, error);
    if (http == NULL)
        return -1;
    http_close(http, NULL, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return 0;
}

struct cloud *cloud_new(uv_loop_t *loop, const struct configuration *configuration,
    struct cloud_gate gate, cloud_answered *answered, void *data, struct error *error)
{
    struct client *client = make_client(configuration, error);
    if (client == NULL)
        return NULL;
    struct http *http = make_http(loop, configuration, gate, error);
    if (http == NULL) {
        client_free(client);
        return NULL;
    }
    struct cloud *cloud = memory_new(1, sizeof(*cloud));
    cloud->loop = loop;
    cloud->client = client;
    cloud->http = http;
    cloud->gate = gate;
    cloud->answered = answered;
    cloud->data = data;
    cloud->client_id = memory_text(configuration->numspot.client_id);
    cloud->secret_file = memory_text(configuration->numspot.client_secret_file);
    uv_timer_init(loop, &cloud->timer); // cannot fail
    cloud->timer.data = cloud;
    return cloud;
}

void cloud_submit(struct cloud *cloud, struct request *request)
{
    client_submit(cloud->client, request, clock_now());
}

static void decode(uv_work_t *work)
{
    struct decoding *decoding = work->data;
    answer_decode(decoding->request, &decoding->result, decoding->wall_ms, &decoding->answer);
    transfer_result_drop_body(&decoding->result); // wiping a long one takes its time as well
}

static void close_timer(struct cloud *cloud);

static void decoded(uv_work_t *work, int status)
{
    (void)status; // it is never cancelled
    struct decoding *decoding = work->data;
    struct cloud *cloud = decoding->cloud;
    cloud->decodings--;
    client_receive_decoded(cloud->client, &decoding->result, &decoding->answer, clock_now());
    answer_deinit(&decoding->answer);
    transfer_result_deinit(&decoding->result);
    free(decoding);
    cloud_pump(cloud);
    if (cloud->http == NULL && cloud->decodings == 0)
        close_timer(cloud);
}

// A long answer is decoded on the work queue: one of 100,000 images takes a second.
static bool decode_elsewhere(struct cloud *cloud, struct transfer_result *result)
{
    const struct request *request = client_request(cloud->client, result->id);
    if (request == NULL || result->transport != TRANSPORT_ANSWERED ||
        result->body_length <= DECODED_HERE_BYTES)
        return false;
    struct decoding *decoding = memory_new(1, sizeof(*decoding));
    *decoding = (struct decoding){.cloud = cloud,
        .work.data = decoding,
        .request = request,
        .result = *result,
        .wall_ms = clock_now().wall_ms};
    *result = (struct transfer_result){0};
    cloud->decodings++;
    uv_queue_work(cloud->loop, &decoding->work, decode, decoded); // fails only without a function
    return true;
}

static void received(struct transfer_result *result, void *data)
{
    struct cloud *cloud = data;
    if (decode_elsewhere(cloud, result))
        return;
    client_receive(cloud->client, result, clock_now());
    cloud_pump(cloud);
}

static void renew_credentials(struct cloud *cloud)
{
    struct error error = {0};
    char *secret = secret_read(cloud->secret_file, &error);
    if (secret == NULL)
        log_message(LOG_LEVEL_ERROR, NULL, "%s; going on with the one from before", error.message);
    client_set_credentials(cloud->client, cloud->client_id, secret, clock_now());
    secret_free(secret);
}

static bool send_next(struct cloud *cloud)
{
    if (cloud->gate.is_open != NULL && !cloud->gate.is_open(cloud->gate.data))
        return false;
    struct transfer *transfer = client_next_transfer(cloud->client, clock_now());
    if (transfer == NULL)
        return false;
    http_send(cloud->http, transfer, received, cloud);
    return true;
}

static bool deliver_next(struct cloud *cloud)
{
    struct answer answer = {0};
    if (!client_next_answer(cloud->client, &answer))
        return false;
    cloud->answered(&answer, cloud->data);
    answer_deinit(&answer);
    return true;
}

static void woken(uv_timer_t *timer)
{
    cloud_pump(timer->data);
}

static void arm(struct cloud *cloud)
{
    if (!uv_is_closing((uv_handle_t *)&cloud->timer))
        uv_timer_start(&cloud->timer, woken, clock_wait_ms(client_next_wake(cloud->client)), 0);
}

void cloud_pump(struct cloud *cloud)
{
    if (cloud->pumping)
        return; // an answer's consequences are picked up by the turn that delivers it
    cloud->pumping = true;
    bool busy = true;
    while (busy) {
        if (cloud->draining)
            client_cancel_queued(cloud->client);
        else if (client_wants_credentials(cloud->client, clock_now()))
            renew_credentials(cloud);
        busy = !cloud->draining && send_next(cloud);
        busy = deliver_next(cloud) || busy;
    }
    cloud->pumping = false;
    arm(cloud);
    if (cloud->drained != NULL && client_in_flight(cloud->client) == 0) {
        void (*drained)(void *) = cloud->drained;
        cloud->drained = NULL;
        drained(cloud->drained_data);
    }
}

void cloud_set_limits(struct cloud *cloud, const struct configuration *configuration)
{
    struct client_limits limits = limits_of(configuration);
    client_set_limits(cloud->client, &limits, clock_now());
    memory_replace_text(&cloud->client_id, configuration->numspot.client_id);
    memory_replace_text(&cloud->secret_file, configuration->numspot.client_secret_file);
    renew_credentials(cloud);
}

void cloud_drain(struct cloud *cloud, void (*drained)(void *data), void *data)
{
    cloud->draining = true;
    cloud->drained = drained;
    cloud->drained_data = data;
    cloud_pump(cloud);
}

struct client_statistics cloud_statistics(const struct cloud *cloud)
{
    return client_statistics(cloud->client);
}

const struct tally *cloud_tally(const struct cloud *cloud)
{
    return client_tally(cloud->client);
}

static void timer_closed(uv_handle_t *handle)
{
    struct cloud *cloud = handle->data;
    void (*closed)(void *) = cloud->closed;
    void *data = cloud->closed_data;
    client_free(cloud->client);
    free(cloud->client_id);
    free(cloud->secret_file);
    free(cloud);
    if (closed != NULL)
        closed(data);
}

static void close_timer(struct cloud *cloud)
{
    uv_close((uv_handle_t *)&cloud->timer, timer_closed);
}

static void http_closed(void *data)
{
    struct cloud *cloud = data;
    cloud->http = NULL;
    if (cloud->decodings == 0)
        close_timer(cloud);
}

void cloud_close(struct cloud *cloud, void (*closed)(void *data), void *data)
{
    if (cloud == NULL) {
        if (closed != NULL)
            closed(data);
        return;
    }
    cloud->closed = closed;
    cloud->closed_data = data;
    cloud->draining = true;
    cloud->drained = NULL;
    uv_timer_stop(&cloud->timer);
    http_close(cloud->http, http_closed, cloud);
}
