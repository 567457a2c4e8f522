// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The cloud's own state: settings, ids, and the things to come, which happen as time passes them.

#include "config.h"

#include "sim/cloud.h"
#include "sim/memory.h"
#include "sim/problem.h"
#include "sim/random.h"
#include "sim/timeline.h"

#include <stdlib.h>
#include <string.h>

// What happens to a resource by itself.
struct settlement {
    enum sim_kind kind;
    char *id;
    char *state;
    json_t *patch;
};

struct sim_cloud {
    struct sim_cloud_settings settings;
    char *region;
    struct sim_store *store;
    struct sim_timeline *settlements;
    struct sim_random ids;
    int64_t last_creation_us;
};

static const struct kind {
    const char *noun;
} kinds[SIM_KINDS] = {
    [SIM_IMAGE] = {"ImageId"},
    [SIM_SNAPSHOT] = {"SnapshotId"},
    [SIM_VM] = {"VmId"},
};

struct sim_cloud *sim_cloud_new(const struct sim_cloud_settings *settings, uint64_t seed)
{
    struct sim_cloud *cloud = sim_memory_new(sizeof *cloud);

    cloud->settings = *settings;
    cloud->settings.region = cloud->region = sim_memory_text(settings->region);
    cloud->store = sim_store_new();
    cloud->settlements = sim_timeline_new();
    sim_random_init(&cloud->ids, seed, SIM_RANDOM_IDS);
    return cloud;
}

static void free_settlement(void *item)
{
    struct settlement *settlement = item;

    free(settlement->id);
    free(settlement->state);
    json_decref(settlement->patch);
    free(settlement);
}

void sim_cloud_free(struct sim_cloud *cloud)
{
    if (cloud == NULL) {
        return;
    }
    sim_timeline_free(cloud->settlements, free_settlement);
    sim_store_free(cloud->store);
    free(cloud->region);
    free(cloud);
}

static void settle(struct sim_cloud *cloud, const struct settlement *settlement, int64_t at_ms)
{
    struct sim_resource *resource = sim_store_find(cloud->store, settlement->kind, settlement->id);
    json_t *document = resource != NULL ? sim_resource_document(resource, at_ms) : NULL;
    const char *state = json_string_value(json_object_get(document, "state"));

    if (state != NULL && strcmp(state, settlement->state) == 0) {
        json_object_update(document, settlement->patch);
        sim_store_put(cloud->store, resource, document, at_ms);
    }
    json_decref(document);
}

void sim_cloud_advance(struct sim_cloud *cloud, int64_t now_ms)
{
    struct settlement *settlement;
    int64_t at_ms;

    while ((settlement = sim_timeline_pop(cloud->settlements, now_ms, &at_ms)) != NULL) {
        settle(cloud, settlement, at_ms);
        free_settlement(settlement);
    }
    sim_store_forget(cloud->store, now_ms);
}

const struct sim_cloud_settings *sim_cloud_settings(const struct sim_cloud *cloud)
{
    return &cloud->settings;
}

struct sim_store *sim_cloud_store(const struct sim_cloud *cloud)
{
    return cloud->store;
}

char *sim_cloud_new_id(struct sim_cloud *cloud, const char *prefix)
{
    for (;;) {
        char *id = sim_memory_format(
            "%s-%08x", prefix, (unsigned)(sim_random_next(&cloud->ids) >> 32));

        if (!sim_store_knows(cloud->store, id)) {
            return id;
        }
        free(id);
    }
}

int64_t sim_cloud_creation_us(struct sim_cloud *cloud, int64_t now_ms)
{
    int64_t now_us = now_ms * 1000;

    cloud->last_creation_us = now_us > cloud->last_creation_us ? now_us
                                                               : cloud->last_creation_us + 1;
    return cloud->last_creation_us;
}

void sim_cloud_settle(struct sim_cloud *cloud, const struct sim_resource *resource, int64_t at_ms,
    const char *state, json_t *patch)
{
    struct settlement *settlement = sim_memory_new(sizeof *settlement);

    settlement->kind = sim_resource_kind(resource);
    settlement->id = sim_memory_text(sim_resource_id(resource));
    settlement->state = sim_memory_text(state);
    settlement->patch = patch;
    sim_timeline_push(cloud->settlements, at_ms, settlement);
}

struct sim_resource *sim_call_find(const struct sim_call *call, enum sim_kind kind, const char *id)
{
    struct sim_resource *resource = sim_store_find(call->cloud->store, kind, id);

    return resource != NULL && sim_resource_visible(resource, call->as_of_ms) ? resource : NULL;
}

static void answer_absent(const struct sim_call *call, enum sim_kind kind, const char *id)
{
    sim_problem_answer(call->response, SIM_PROBLEM_NOT_FOUND, call->path,
        "The %s '%s' doesn't exist.", kinds[kind].noun, id);
}

struct sim_resource *sim_call_own(
    const struct sim_call *call, enum sim_kind kind, const char *id, const char *permission)
{
    struct sim_resource *resource = sim_call_find(call, kind, id);

    if (resource == NULL) {
        answer_absent(call, kind, id);
        return NULL;
    }
    if (!sim_resource_owned(resource)) {
        sim_problem_answer(call->response, SIM_PROBLEM_FORBIDDEN, call->path,
            "the account does not own '%s': no permission (%s)", id, permission);
        return NULL;
    }
    return resource;
}

void sim_call_cacheable(const struct sim_call *call)
{
    sim_response_header(call->response, "Cache-Control", "public, max-age=300");
}

static void answer_resource(
    const struct sim_call *call, int status, const struct sim_resource *resource, int64_t as_of_ms)
{
    size_t length = 0;
    const char *text = sim_resource_text(resource, as_of_ms, &length);

    sim_response_bytes(call->response, status, sim_memory_bytes(text, length), length);
    sim_response_header(call->response, "Content-Type", "application/json; charset=utf-8");
    sim_call_cacheable(call);
}

void sim_call_read(const struct sim_call *call, enum sim_kind kind)
{
    const struct sim_resource *resource = sim_call_find(call, kind, call->id);

    if (resource == NULL) {
        answer_absent(call, kind, call->id);
    } else {
        answer_resource(call, 200, resource, call->as_of_ms);
    }
}

void sim_call_show(const struct sim_call *call, int status, const struct sim_resource *resource)
{
    answer_resource(call, status, resource, call->now_ms);
}
