// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A list is made in three steps: the candidates, found by the narrowest of the query's indexed
// parameters; those of them that satisfy the rest; their texts, one behind the other.

#include "config.h"

#include "sim/listing.h"
#include "sim/filter.h"
#include "sim/memory.h"
#include "sim/parameters.h"
#include "sim/problem.h"
#include "sim/text.h"

#include <stdlib.h>
#include <string.h>

struct candidates {
    struct sim_resource **items;
    size_t count;
    size_t capacity;
};

static const struct sim_filter *const filters_of[SIM_KINDS] = {
    [SIM_IMAGE] = sim_filter_images,
    [SIM_SNAPSHOT] = sim_filter_snapshots,
    [SIM_VM] = sim_filter_vms,
};

int sim_listing_check(const struct sim_call *call, const struct sim_filter *filters)
{
    json_t *violations = json_array();
    const char *unmodelled;

    if (sim_filter_check(filters, call->query, violations) != 0) {
        sim_problem_violations(call->response, call->path, violations);
        return -1;
    }
    json_decref(violations);
    unmodelled = sim_filter_unmodelled(filters, call->query);
    if (unmodelled != NULL) {
        sim_problem_answer(call->response, SIM_PROBLEM_UNMODELLED, call->path,
            "numspot-sim does not model the filter '%s'.", unmodelled);
        return -1;
    }
    return 0;
}

static void add(struct candidates *candidates, struct sim_resource *resource)
{
    if (candidates->count == candidates->capacity) {
        candidates->capacity = candidates->capacity > 0 ? 2 * candidates->capacity : 16;
        candidates->items = sim_memory_resize(
            candidates->items, candidates->capacity, sizeof *candidates->items);
    }
    candidates->items[candidates->count++] = resource;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = sim_resource_sequence(*(struct sim_resource *const *)a);
    uint64_t right = sim_resource_sequence(*(struct sim_resource *const *)b);

    return (left > right) - (left < right);
}

// In order of creation, each once: as a walk over all would have found them.
static void put_in_order(struct candidates *candidates)
{
    size_t kept = 0;

    if (candidates->count == 0) {
        return;
    }
    qsort(candidates->items, candidates->count, sizeof candidates->items[0], compare);
    for (size_t i = 1; i < candidates->count; i++) {
        if (candidates->items[i] != candidates->items[kept]) {
            candidates->items[++kept] = candidates->items[i];
        }
    }
    candidates->count = kept + 1;
}

static void add_by_id(const struct sim_store *store, enum sim_kind kind, const json_t *ids,
    struct candidates *candidates)
{
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id) {
        struct sim_resource *resource = sim_store_find(store, kind, json_string_value(id));

        if (resource != NULL) {
            add(candidates, resource);
        }
    }
}

static void add_by_key(const struct sim_call *call, enum sim_kind kind, enum sim_store_key key,
    const json_t *values, struct candidates *candidates)
{
    const struct sim_store *store = sim_cloud_store(call->cloud);
    const json_t *value;
    size_t i;

    json_array_foreach(values, i, value) {
        const struct sim_index_entry *entry = sim_store_lookup(
            store, key, json_string_value(value));

        for (; entry != NULL; entry = sim_index_next(entry)) {
            struct sim_resource *resource = sim_index_item(entry);

            if (sim_resource_kind(resource) == kind) {
                add(candidates, resource);
            }
        }
    }
}

static void add_all(
    const struct sim_store *store, enum sim_kind kind, struct candidates *candidates)
{
    for (struct sim_resource *resource = sim_store_first(store, kind); resource != NULL;
         resource = sim_resource_next(resource)) {
        add(candidates, resource);
    }
}

// Fills `candidates` and says which parameter all of them satisfy; NULL for none. The indexes know
// what is now: who looks into the past by name or tag walks over all.
static const char *find_candidates(
    const struct sim_call *call, enum sim_kind kind, struct candidates *candidates)
{
    static const struct {
        const char *parameter;
        enum sim_store_key key;
    } indexed[] = {{"imageNames", SIM_KEY_NAME}, {"tags", SIM_KEY_TAG}};
    const struct sim_store *store = sim_cloud_store(call->cloud);
    const json_t *values = json_object_get(call->query, "ids");

    if (values != NULL) {
        add_by_id(store, kind, values, candidates);
        put_in_order(candidates);
        return "ids";
    }
    for (size_t i = 0; i < sizeof indexed / sizeof indexed[0] && call->as_of_ms >= call->now_ms;
         i++) {
        values = json_object_get(call->query, indexed[i].parameter);
        if (values != NULL) {
            add_by_key(call, kind, indexed[i].key, values, candidates);
            put_in_order(candidates);
            return indexed[i].parameter;
        }
    }
    add_all(store, kind, candidates);
    return NULL;
}

// Whether a resource satisfies the query. Its document is looked into only for what is not known
// already: that `settled` is satisfied, and whether it is public, which many ask for.
static bool satisfies(
    const struct sim_call *call, const struct sim_resource *resource, const char *settled)
{
    const char *public = sim_parameters_first(call->query, "isPublic");
    size_t known = (size_t)(settled != NULL) + (size_t)(public != NULL);
    json_t *document;
    bool result;

    if (public != NULL &&
        sim_resource_public(resource, call->as_of_ms) != (strcmp(public, "true") == 0)) {
        return false;
    }
    if (json_object_size(call->query) == known) {
        return true;
    }
    document = sim_resource_document(resource, call->as_of_ms);
    result = sim_filter_match(
        filters_of[sim_resource_kind(resource)], call->query, document, settled);
    json_decref(document);
    return result;
}

void sim_listing_answer(const struct sim_call *call, enum sim_kind kind)
{
    struct candidates candidates = {0};
    struct sim_text text = {0};
    const char *settled, *separator = "";
    size_t length;

    if (sim_listing_check(call, filters_of[kind]) != 0) {
        return;
    }
    settled = find_candidates(call, kind, &candidates);
    sim_text_add(&text, "{\"items\":[");
    for (size_t i = 0; i < candidates.count; i++) {
        const struct sim_resource *resource = candidates.items[i];

        if (sim_resource_visible(resource, call->as_of_ms) && satisfies(call, resource, settled)) {
            const char *document = sim_resource_text(resource, call->as_of_ms, &length);

            sim_text_add(&text, separator);
            sim_text_append(&text, document, length);
            separator = ",";
        }
    }
    sim_text_add(&text, "]}");
    free(candidates.items);
    length = text.length;
    sim_response_bytes(call->response, 200, sim_text_take(&text), length);
    sim_response_header(call->response, "Content-Type", "application/json; charset=utf-8");
    sim_call_cacheable(call);
}
