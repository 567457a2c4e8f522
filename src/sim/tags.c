// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Tags. Set: a key that is there gets the new value. Removed: only where the value is the same, and
// it is no error when it is not.

#include "config.h"

#include "sim/tags.h"
#include "sim/check.h"
#include "sim/document.h"
#include "sim/filter.h"
#include "sim/listing.h"
#include "sim/memory.h"
#include "sim/problem.h"

#include <stdlib.h>
#include <string.h>

#define TAGS_MAX 50

static const struct kind {
    const char *name; // as a resourceType
    const char *permission;
} kinds[SIM_KINDS] = {
    [SIM_IMAGE] = {"image", "compute.image.tag"},
    [SIM_SNAPSHOT] = {"snapshot", "compute.snapshot.tag"},
    [SIM_VM] = {"vm", "compute.vm.tag"},
};

// The place of `key` in a list of tags; the list's length when it is not there.
static size_t find_key(const json_t *tags, const char *key)
{
    size_t i = 0;

    while (i < json_array_size(tags) &&
           strcmp(sim_document_text(json_array_get(tags, i), "key"), key) != 0) {
        i++;
    }
    return i;
}

static void set_tag(json_t *tags, json_t *tag)
{
    size_t place = find_key(tags, sim_document_text(tag, "key"));

    if (place < json_array_size(tags)) {
        json_array_set(tags, place, tag);
    } else {
        json_array_append(tags, tag);
    }
}

static void remove_tag(json_t *tags, json_t *tag)
{
    size_t place = find_key(tags, sim_document_text(tag, "key"));
    const json_t *found = json_array_get(tags, place);

    if (found != NULL &&
        strcmp(sim_document_text(found, "value"), sim_document_text(tag, "value")) == 0) {
        json_array_remove(tags, place);
    }
}

static void apply(json_t *tags, const json_t *changes, void (*change)(json_t *tags, json_t *tag))
{
    json_t *tag;
    size_t i;

    json_array_foreach(changes, i, tag) {
        change(tags, tag);
    }
}

// The account's resource of this id, of whatever kind; NULL and an answer when there is none.
static struct sim_resource *find_taggable(const struct sim_call *call, const char *id)
{
    for (enum sim_kind kind = 0; kind < SIM_KINDS; kind++) {
        if (sim_call_find(call, kind, id) != NULL) {
            return sim_call_own(call, kind, id, kinds[kind].permission);
        }
    }
    sim_problem_answer(call->response, SIM_PROBLEM_NOT_FOUND, call->path,
        "The ResourceId '%s' doesn't exist.", id);
    return NULL;
}

static int check_body(const struct sim_call *call, json_t *violations)
{
    const json_t *tags = json_object_get(call->body, "tags");
    const json_t *tag;
    size_t i;
    int result = 0;

    if (json_array_size(json_object_get(call->body, "resourceIds")) == 0) {
        result = sim_check_violation(violations, "resourceIds", "must not be empty");
    }
    if (json_array_size(tags) == 0) {
        result = sim_check_violation(violations, "tags", "must not be empty");
    }
    json_array_foreach(tags, i, tag) {
        if (find_key(tags, sim_document_text(tag, "key")) != i) {
            result = sim_check_violation(
                violations, "tags", "has the key '%.128s' twice", sim_document_text(tag, "key"));
        }
    }
    return result;
}

// The document of a resource with its tags changed; NULL and a violation when they are too many.
static json_t *changed_document(const struct sim_call *call, const struct sim_resource *resource,
    void (*change)(json_t *tags, json_t *tag), json_t *violations)
{
    json_t *document = sim_resource_document(resource, call->now_ms);
    json_t *tags = json_object_get(document, "tags");

    apply(tags, json_object_get(call->body, "tags"), change);
    if (json_array_size(tags) > TAGS_MAX) {
        sim_check_violation(violations, "tags", "would be more than %d on '%s'", TAGS_MAX,
            sim_resource_id(resource));
        json_decref(document);
        return NULL;
    }
    return document;
}

struct plan {
    struct sim_resource *resource;
    json_t *document;
};

// Works out the change of every resource; -1 and an answer when one of them cannot be changed.
static int make_plans(const struct sim_call *call, struct plan *plans,
    void (*change)(json_t *tags, json_t *tag), json_t *violations)
{
    const json_t *id;
    size_t i;

    if (check_body(call, violations) != 0) {
        return -1;
    }
    json_array_foreach(json_object_get(call->body, "resourceIds"), i, id) {
        plans[i].resource = find_taggable(call, json_string_value(id));
        if (plans[i].resource == NULL) {
            return -1;
        }
        plans[i].document = changed_document(call, plans[i].resource, change, violations);
        if (plans[i].document == NULL) {
            return -1;
        }
    }
    return 0;
}

static void change_tags(const struct sim_call *call, void (*change)(json_t *tags, json_t *tag))
{
    size_t count = json_array_size(json_object_get(call->body, "resourceIds"));
    struct plan *plans = sim_memory_new(count * sizeof *plans);
    json_t *violations = json_array();

    if (make_plans(call, plans, change, violations) == 0) {
        for (size_t i = 0; i < count; i++) {
            sim_store_put(
                sim_cloud_store(call->cloud), plans[i].resource, plans[i].document, call->now_ms);
        }
        sim_response_nothing(call->response);
    } else if (json_array_size(violations) > 0) {
        sim_problem_violations(call->response, call->path, json_incref(violations));
    }
    for (size_t i = 0; i < count; i++) {
        json_decref(plans[i].document);
    }
    free(plans);
    json_decref(violations);
}

void sim_tags_set(const struct sim_call *call)
{
    change_tags(call, set_tag);
}

void sim_tags_remove(const struct sim_call *call)
{
    change_tags(call, remove_tag);
}

// Appends the tags of one resource that satisfy the query.
static void list_tags(
    const struct sim_call *call, const struct sim_resource *resource, json_t *items)
{
    json_t *document;
    const json_t *tag;
    size_t i;

    if (!sim_resource_visible(resource, call->as_of_ms)) {
        return;
    }
    document = sim_resource_document(resource, call->as_of_ms);
    json_array_foreach(json_object_get(document, "tags"), i, tag) {
        json_t *item = json_pack("{s:s, s:s, s:s, s:s}", "key", sim_document_text(tag, "key"),
            "resourceId", sim_resource_id(resource), "resourceType",
            kinds[sim_resource_kind(resource)].name, "value", sim_document_text(tag, "value"));

        if (sim_filter_match(sim_filter_tags, call->query, item, NULL)) {
            json_array_append(items, item);
        }
        json_decref(item);
    }
    json_decref(document);
}

static bool is_repeated(const json_t *ids, size_t place)
{
    size_t i = 0;

    while (!json_equal(json_array_get(ids, i), json_array_get(ids, place))) {
        i++;
    }
    return i < place;
}

static void list_by_id(const struct sim_call *call, const json_t *ids, json_t *items)
{
    const struct sim_store *store = sim_cloud_store(call->cloud);
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id) {
        if (is_repeated(ids, i)) {
            continue;
        }
        for (enum sim_kind kind = 0; kind < SIM_KINDS; kind++) {
            const struct sim_resource *resource = sim_store_find(
                store, kind, json_string_value(id));

            if (resource != NULL) {
                list_tags(call, resource, items);
            }
        }
    }
}

static void list_all(const struct sim_call *call, json_t *items)
{
    for (enum sim_kind kind = 0; kind < SIM_KINDS; kind++) {
        const struct sim_resource *resource = sim_store_first(sim_cloud_store(call->cloud), kind);

        for (; resource != NULL; resource = sim_resource_next(resource)) {
            list_tags(call, resource, items);
        }
    }
}

void sim_tags_list(const struct sim_call *call)
{
    const json_t *ids = json_object_get(call->query, "resourceIds");
    json_t *items;

    if (sim_listing_check(call, sim_filter_tags) != 0) {
        return;
    }
    items = json_array();
    if (ids != NULL) {
        list_by_id(call, ids, items);
    } else {
        list_all(call, items);
    }
    sim_response_json(call->response, 200, json_pack("{s:o}", "items", items));
    sim_call_cacheable(call);
}
