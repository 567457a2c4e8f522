// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "core/text.h"
#include "sim/service.h"
#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/ledger.h"
#include "simulation/network.h"

#define RATE_MARGIN_MILLI 1000 // of one request, for what is rounded

static const char scenario_text[] =
    "credentials: {client_id: " NETWORK_CLIENT_ID ", client_secret: " NETWORK_CLIENT_SECRET "}\n"
    "space_id: " NETWORK_SPACE_ID "\n"
    "region: cloudgouv-eu-west-1\n"
    "token_lifetime: %s\n"
    "pending: {copy: %ds, vm: %ds, snapshot: 0s}\n"
    "unique_names: %s\n"
    "images:\n"
    "  - {id: ami-00000001, name: Debian-12-2026-08-10, is_public: true,"
    " creation_date: 2026-08-10T08:00:00Z}\n"
    "  - {id: ami-00000002, name: Debian-12-2026-06-17, is_public: true,"
    " creation_date: 2026-06-17T08:00:00Z}\n"
    "vms:\n  - {id: i-00000001, tags: {Name: builder}}\n  - {id: i-00000002}\n"
    "snapshots:\n  - {id: snap-00000001, volume_size: 11, tags: {role: root}}\n"
    "  - {id: snap-00000002, volume_size: 20}\n";

struct network *network_new(struct world *world)
{
    static const char *const lifetimes[] = {"1h", "10m", "45s"};
    struct network *network = memory_new(1, sizeof(*network));
    network->unique_names = world_chance(world, 60);
    struct text text = {0};
    text_format(&text, scenario_text, lifetimes[world_below(world, 3)],
        (int)world_below(world, 3) * 20, (int)world_below(world, 3) * 40,
        network->unique_names ? "true" : "false");
    struct sim_scenario scenario;
    struct sim_error error = {{0}};
    sim_scenario_init(&scenario);
    if (sim_scenario_read_text(&scenario, "scenario", text_string(&text), &error) == 0)
        network->service = sim_service_new(
            &scenario, world->plan.seed, WORLD_START_WALL_MS, &error);
    if (network->service == NULL)
        world_fail(world, "the scenario is wrong: %s", error.message);
    sim_scenario_deinit(&scenario);
    text_deinit(&text);
    return network;
}

void network_free(struct network *network)
{
    sim_service_free(network->service);
    json_decref(network->cloud);
    free(network->cloud_text);
    free(network->bearer);
    free(network);
}

// ---- Bytes

static char *encode_basic(const char *username, const char *password)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *pair = memory_format("%s:%s", username, password);
    size_t length = strlen(pair);
    struct text text = {0};
    text_append(&text, "Basic ");
    for (size_t i = 0; i < length; i += 3) {
        unsigned bytes[3] = {(unsigned char)pair[i], 0, 0};
        size_t left = length - i < 3 ? length - i : 3;
        for (size_t j = 1; j < left; j++)
            bytes[j] = (unsigned char)pair[i + j];
        unsigned bits = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for (size_t j = 0; j < 4; j++) {
            char digit = j <= left ? digits[bits >> (18 - 6 * j) & 63] : '=';
            text_append_n(&text, &digit, 1);
        }
    }
    free(pair);
    return text_steal(&text);
}

static char *authorization(const struct transfer *transfer)
{
    if (transfer->bearer != NULL)
        return memory_format("Bearer %s", transfer->bearer);
    if (transfer->username != NULL)
        return encode_basic(transfer->username, transfer->password);
    return NULL;
}

static char *date(int64_t wall_ms)
{
    char text[64];
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return memory_text(text);
}

// ---- A request on its way

struct passage {
    struct transfer *transfer;
    uint64_t life;   // of the daemon that sent it
    uint64_t number; // of all requests
    int64_t latency_ms;
    int64_t answer_latency_ms;
    bool answer_lost;
    bool twice;
    bool second_answer; // of the two
    struct transfer_result result;
};

static void free_passage(void *data)
{
    struct passage *passage = data;
    transfer_free(passage->transfer);
    transfer_result_deinit(&passage->result);
    free(passage);
}

static const char *operation_path(const char *target)
{
    const char *prefix = "/compute/spaces/" NETWORK_SPACE_ID;
    return strncmp(target, prefix, strlen(prefix)) == 0 ? target + strlen(prefix) : target;
}

static enum sight sight_of(int status)
{
    static const struct {
        int status;
        enum sight sight;
    } sights[] = {
        {400, SIGHT_BAD_REQUEST},
        {401, SIGHT_UNAUTHORISED},
        {403, SIGHT_FORBIDDEN},
        {404, SIGHT_NOT_FOUND},
        {409, SIGHT_CONFLICT},
        {424, SIGHT_FAILED_DEPENDENCY},
        {429, SIGHT_THROTTLED},
    };
    for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
        if (sights[i].status == status)
            return sights[i].sight;
    return status >= 500 ? SIGHT_SERVER_ERROR : SIGHT_COUNT;
}

// What of the answer is worth counting.
static void note_answer(struct world *world, const struct passage *passage)
{
    struct coverage *coverage = world->plan.coverage;
    struct daemon *daemon = world->host->daemon;
    int status = passage->result.status;
    enum sight sight = sight_of(status);
    if (passage->result.transport == TRANSPORT_ANSWERED && sight != SIGHT_COUNT)
        coverage_count_sight(coverage, sight);
    if (passage->number < daemon->answered)
        coverage_count_sight(coverage, SIGHT_REORDERED);
    else
        daemon->answered = passage->number;
    if (passage->transfer->bearer == NULL || status / 100 != 2)
        return;
    if (strcmp(passage->transfer->method, "POST") == 0)
        coverage_count_sight(coverage, SIGHT_CREATED);
    if (strcmp(passage->transfer->method, "DELETE") == 0)
        coverage_count_sight(coverage, SIGHT_DELETED);
}

static void come_back(struct world *world, void *data)
{
    struct passage *passage = data;
    note_answer(world, passage);
    world_trace(world, "  < %s %.70s: %s %d%s%s", passage->transfer->method,
        operation_path(passage->transfer->target),
        passage->result.transport == TRANSPORT_ANSWERED ? "answered" : "no answer",
        passage->result.status, passage->result.explanation == NULL ? "" : ", ",
        passage->result.explanation == NULL ? "" : passage->result.explanation);
    daemon_receive(world, passage->life, &passage->result);
    free_passage(passage);
}

static void lose(struct passage *passage, enum transport transport, const char *why)
{
    struct transfer_result *result = &passage->result;
    uint64_t id = result->id;
    transfer_result_deinit(result);
    *result = (struct transfer_result){
        .id = id, .transport = transport, .explanation = memory_text(why)};
}

// Takes over what the cloud answered.
static void take_response(
    struct world *world, struct passage *passage, const struct sim_response *response)
{
    struct transfer_result *result = &passage->result;
    if (response->verdict != SIM_ANSWER) {
        lose(passage, TRANSPORT_LOST, "the server closed the connection");
        coverage_count_sight(world->plan.coverage, SIGHT_CLOSED);
        return;
    }
    result->transport = TRANSPORT_ANSWERED;
    result->status = response->status;
    result->content_type = memory_text(
        json_string_value(json_object_get(response->headers, "Content-Type")));
    result->retry_after = memory_text(
        json_string_value(json_object_get(response->headers, "Retry-After")));
    result->date = date(WORLD_START_WALL_MS + world->now_ms + response->delay_ms);
    struct text body = {0};
    if (response->body_length > 0)
        text_append_n(&body, response->body, response->body_length);
    result->body_length = body.length;
    result->body = text_steal(&body);
}

static bool creates(const struct transfer *transfer)
{
    return strcmp(transfer->method, "POST") == 0 && transfer->bearer != NULL;
}

static int64_t ask(struct world *world, struct passage *passage)
{
    const struct transfer *transfer = passage->transfer;
    char *credentials = authorization(transfer);
    struct sim_request request = {
        .method = transfer->method,
        .target = transfer->target,
        .authorization = credentials,
        .content_type = transfer->content_type,
        .body = transfer->body,
        .body_length = transfer->body_length,
    };
    struct sim_response response;
    sim_response_init(&response);
    ledger_arriving(world, transfer);
    sim_service_handle(
        world->network->service, &request, WORLD_START_WALL_MS + world->now_ms, &response);
    int64_t delay_ms = response.delay_ms;
    take_response(world, passage, &response);
    sim_response_deinit(&response);
    free(credentials);
    if (creates(transfer)) {
        world->network->created_ms = world->now_ms;
        ledger_check_cloud(world);
    }
    return delay_ms;
}

// The same request once more: either answer may be the one that comes back. Of a creation it is the
// one that made the image: a refusal that was none looks as if somebody else had been faster, and
// is taken for that. An image is rather left to a person than taken from another.
static int64_t ask_again(struct world *world, struct passage *passage)
{
    struct transfer_result first = passage->result;
    passage->result = (struct transfer_result){.id = first.id};
    int64_t delay_ms = ask(world, passage);
    bool refused = first.transport == TRANSPORT_ANSWERED && first.status / 100 != 2;
    if (creates(passage->transfer))
        passage->second_answer = refused && passage->result.status / 100 == 2;
    if (!passage->second_answer) {
        struct transfer_result second = passage->result;
        passage->result = first;
        first = second;
    }
    transfer_result_deinit(&first);
    return delay_ms;
}

// The client gives up; the request may be under way all the same.
static void time_out(struct world *world, void *data)
{
    struct passage *passage = data;
    lose(passage, TRANSPORT_LOST, "timed out");
    coverage_count_sight(world->plan.coverage, SIGHT_TIMED_OUT);
    daemon_receive(world, passage->life, &passage->result);
    free_passage(passage);
}

static void arrive(struct world *world, void *data)
{
    struct passage *passage = data;
    int64_t delay_ms = ask(world, passage);
    if (passage->twice)
        (void)ask_again(world, passage);
    if (passage->answer_lost)
        lose(passage, TRANSPORT_LOST, "the answer was lost");
    if (delay_ms > NETWORK_TIMEOUT_MS) {
        delay_ms = NETWORK_TIMEOUT_MS;
        lose(passage, TRANSPORT_LOST, "timed out");
    }
    world_at(world, delay_ms + passage->answer_latency_ms, come_back, passage, free_passage);
}

static bool is_write(const struct transfer *transfer)
{
    return strcmp(transfer->method, "GET") != 0 && transfer->bearer != NULL;
}

// All requests together, tokens included, stay within rate and burst.
static void count(struct world *world, const struct transfer *transfer)
{
    struct daemon *daemon = world->host->daemon;
    world->network->transfers++;
    world->network->writes += is_write(transfer) ? 1 : 0;
    daemon->tokens_milli += (world->now_ms - daemon->bucket_ms) * DAEMON_RATE;
    daemon->bucket_ms = world->now_ms;
    if (daemon->tokens_milli > DAEMON_BURST * 1000)
        daemon->tokens_milli = DAEMON_BURST * 1000;
    daemon->tokens_milli -= 1000;
    if (daemon->tokens_milli < -RATE_MARGIN_MILLI)
        world_fail(world, "more requests than rate and burst allow");
}

// A second image of the name is no fault of the daemon's where the cloud makes it of one request.
static bool may_be_doubled(const struct world *world, const struct transfer *transfer)
{
    return world->network->unique_names || !creates(transfer);
}

// What becomes of it on its way, all drawn at once.
static struct passage *draw_passage(struct world *world, struct transfer *transfer)
{
    const struct network_faults *faults = &world->network->faults;
    struct passage *passage = memory_new(1, sizeof(*passage));
    passage->transfer = transfer;
    passage->life = daemon_life(world);
    passage->number = world->network->transfers;
    passage->result.id = transfer->id;
    passage->latency_ms = world_between(world, 5, 150);
    passage->answer_latency_ms = world_between(world, 5, 150);
    int64_t slow_ms = world_between(world, SECOND, NETWORK_SLOWEST_MS);
    passage->second_answer = world_chance(world, 50);
    if (world_chance(world, faults->slow) && world_may(world, DEED_SLOW))
        passage->latency_ms = slow_ms;
    if (world_chance(world, faults->twice) && may_be_doubled(world, transfer))
        passage->twice = world_may(world, DEED_DUPLICATE);
    if (world_chance(world, faults->lost_after))
        passage->answer_lost = world_may(world, DEED_LOST_ANSWER);
    if (world_chance(world, faults->unreachable) && world_may(world, DEED_UNREACHABLE))
        lose(passage, TRANSPORT_NOT_SENT, "no connection");
    else if (world_chance(world, faults->lost_before) && world_may(world, DEED_LOST_REQUEST))
        lose(passage, TRANSPORT_LOST, "the request was lost");
    return passage;
}

void network_send(struct world *world, struct transfer *transfer)
{
    count(world, transfer);
    world_turn(world, STREAM_REQUEST, world->network->transfers);
    struct passage *passage = draw_passage(world, transfer);
    world_trace(world, "  > %s %.70s%s%.200s", transfer->method, operation_path(transfer->target),
        transfer->body != NULL && transfer->bearer != NULL ? " " : "",
        transfer->body != NULL && transfer->bearer != NULL ? transfer->body : "");
    if (passage->latency_ms > NETWORK_TIMEOUT_MS) {
        struct passage *waiting = memory_new(1, sizeof(*waiting));
        waiting->life = passage->life;
        waiting->result.id = transfer->id;
        world_at(world, NETWORK_TIMEOUT_MS, time_out, waiting, free_passage);
    }
    bool arrives = passage->result.explanation == NULL;
    world_at(world, passage->latency_ms, arrives ? arrive : come_back, passage, free_passage);
}

char *network_admin(struct world *world, const char *method, const char *target, const char *body)
{
    struct sim_request request = {
        .method = method,
        .target = target,
        .content_type = body == NULL ? NULL : "application/json",
        .body = body,
        .body_length = body == NULL ? 0 : strlen(body),
    };
    struct sim_response response;
    sim_response_init(&response);
    sim_service_handle(
        world->network->service, &request, WORLD_START_WALL_MS + world->now_ms, &response);
    char *answer = memory_text(response.body == NULL ? "" : response.body);
    if (response.status / 100 != 2)
        world_fail(world, "%s %s: %d %s", method, target, response.status, answer);
    sim_response_deinit(&response);
    return answer;
}

// It is asked for far more often than it changes.
const json_t *network_cloud(struct world *world)
{
    struct network *network = world->network;
    char *text = network_admin(world, "GET", "/_sim/cloud", NULL);
    if (network->cloud_text != NULL && strcmp(network->cloud_text, text) == 0) {
        free(text);
        return network->cloud;
    }
    free(network->cloud_text);
    json_decref(network->cloud);
    network->cloud_text = text;
    network->cloud = json_loads(text, 0, NULL);
    return network->cloud;
}
