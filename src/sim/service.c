// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What surrounds the API: time, the journal, the rate limit, faults, and the requests that are done
// late.

#include "config.h"

#include "sim/service.h"
#include "sim/admin.h"
#include "sim/api.h"
#include "sim/fault_perform.h"
#include "sim/faults.h"
#include "sim/journal.h"
#include "sim/limiter.h"
#include "sim/memory.h"
#include "sim/problem.h"
#include "sim/seed.h"
#include "sim/timeline.h"

#include <stdlib.h>
#include <string.h>

struct sim_service {
    struct sim_cloud *cloud;
    struct sim_tokens *tokens;
    struct sim_api *api;
    struct sim_faults *faults;
    struct sim_journal *journal;
    struct sim_limiter limiter;
    struct sim_timeline *late; // of struct sim_late_request
    int64_t offset_ms;         // by which POST /_sim/time advanced the clock
    int64_t now_ms;
};

static int seed_resources(
    struct sim_service *service, const struct sim_scenario *scenario, struct sim_error *error)
{
    // VMs and snapshots before the images that may be made of them
    static const enum sim_kind order[] = {SIM_VM, SIM_SNAPSHOT, SIM_IMAGE};
    const json_t *description;
    size_t i;

    for (size_t kind = 0; kind < sizeof order / sizeof order[0]; kind++) {
        json_array_foreach(scenario->resources[order[kind]], i, description) {
            if (sim_seed_add(service->cloud, order[kind], description, SIM_STORE_ALWAYS,
                    service->now_ms, error) == NULL) {
                return -1;
            }
        }
    }
    return 0;
}

struct sim_service *sim_service_new(
    const struct sim_scenario *scenario, uint64_t seed, int64_t now_ms, struct sim_error *error)
{
    struct sim_service *service = sim_memory_new(sizeof *service);

    service->now_ms = now_ms;
    service->cloud = sim_cloud_new(&scenario->cloud, seed);
    service->tokens = sim_tokens_new(scenario->token_lifetime_ms, seed);
    service->api = sim_api_new(scenario, service->cloud, service->tokens);
    service->faults = sim_faults_new(seed);
    service->journal = sim_journal_new(SIM_SERVICE_JOURNAL);
    service->late = sim_timeline_new();
    sim_limiter_init(&service->limiter, scenario->rate);
    if (seed_resources(service, scenario, error) != 0) {
        sim_service_free(service);
        return NULL;
    }
    return service;
}

void sim_service_free(struct sim_service *service)
{
    if (service == NULL) {
        return;
    }
    sim_timeline_free(service->late, sim_late_request_free);
    sim_journal_free(service->journal);
    sim_faults_free(service->faults);
    sim_api_free(service->api);
    sim_tokens_free(service->tokens);
    sim_cloud_free(service->cloud);
    free(service);
}

// Lets pass the time up to `now_ms`: late requests are done, each at its own time.
static void advance(struct sim_service *service, int64_t now_ms)
{
    struct sim_late_request *late;
    int64_t at_ms;

    if (now_ms > service->now_ms) {
        service->now_ms = now_ms;
    }
    while ((late = sim_timeline_pop(service->late, service->now_ms, &at_ms)) != NULL) {
        sim_cloud_advance(service->cloud, at_ms);
        sim_late_request_run(late, service->api, at_ms);
        sim_late_request_free(late);
    }
    sim_cloud_advance(service->cloud, service->now_ms);
}

static void answer_admin(struct sim_service *service, const struct sim_request *request,
    const struct sim_target *target, struct sim_response *response)
{
    struct sim_admin admin = {
        .api = service->api,
        .cloud = service->cloud,
        .faults = service->faults,
        .journal = service->journal,
        .tokens = service->tokens,
        .offset_ms = &service->offset_ms,
        .now_ms = service->now_ms,
    };

    sim_admin_answer(&admin, request, target, response);
}

static void answer_api(struct sim_service *service, const struct sim_request *request,
    const struct sim_target *target, struct sim_response *response)
{
    struct sim_performance performance = {
        .api = service->api,
        .late = service->late,
        .request = request,
        .target = target,
        .now_ms = service->now_ms,
        .response = response,
    };

    if (!sim_limiter_take(&service->limiter, service->now_ms)) {
        sim_problem_answer(response, SIM_PROBLEM_TOO_MANY, target->raw_path,
            "More than %lld requests a second.", (long long)service->limiter.rate);
        sim_response_header(response, "Retry-After", "1");
        return;
    }
    sim_fault_perform(
        sim_faults_draw(service->faults, request->method, target->operation), &performance);
}

static bool is_answered(const struct sim_response *response)
{
    return response->verdict == SIM_ANSWER || response->verdict == SIM_TRUNCATE;
}

void sim_service_handle(struct sim_service *service, const struct sim_request *request,
    int64_t now_ms, struct sim_response *response)
{
    struct sim_target target;
    struct sim_journal_entry *entry;
    int broken = sim_target_init(&target, request->target);

    advance(service, now_ms + service->offset_ms);
    if (strncmp(target.path, "/_sim/", strlen("/_sim/")) == 0) {
        answer_admin(service, request, &target, response);
    } else {
        entry = sim_journal_add(service->journal, request, service->now_ms);
        if (broken) {
            sim_problem_answer(response, SIM_PROBLEM_INVALID, target.raw_path,
                "The path or the query is not percent-encoded UTF-8.");
        } else {
            answer_api(service, request, &target, response);
        }
        sim_journal_answered(entry, is_answered(response) ? response->status : 0);
    }
    sim_target_deinit(&target);
}
