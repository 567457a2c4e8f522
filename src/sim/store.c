// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Resources as chains of versions. A deleted one ends in a version without text and waits in the
// graveyard, in order of its death, until the history has passed it.

#include "config.h"

#include "sim/store.h"
#include "sim/hash.h"

#include <string.h>

struct version {
    int64_t since_ms;
    char *text; // NULL: deleted
    size_t length;
    bool is_public;
    struct version *older;
};

// An entry that an index holds for a resource.
struct mention {
    enum sim_store_key key;
    struct sim_index_entry *entry;
    struct mention *next;
};

struct sim_resource {
    char *id;
    enum sim_kind kind;
    bool owned;
    uint64_t sequence;
    int64_t visible_from_ms;
    struct version *newest;
    struct mention *mentions;
    struct sim_resource *prev, *next;             // all of the kind
    struct sim_resource *grave_prev, *grave_next; // the deleted ones
    UT_hash_handle hh;
};

struct sim_store {
    struct sim_resource *by_id;
    struct sim_resource *all[SIM_KINDS];
    struct sim_resource *graveyard;
    struct sim_index *indexes[SIM_KEYS];
    size_t owned[SIM_KINDS];
    uint64_t sequence;
};

struct sim_store *sim_store_new(void)
{
    struct sim_store *store = sim_memory_new(sizeof *store);

    for (size_t key = 0; key < SIM_KEYS; key++) {
        store->indexes[key] = sim_index_new();
    }
    return store;
}

static void free_versions(struct version *version)
{
    while (version != NULL) {
        struct version *older = version->older;

        free(version->text);
        free(version);
        version = older;
    }
}

static void unindex(struct sim_store *store, struct sim_resource *resource)
{
    while (resource->mentions != NULL) {
        struct mention *mention = resource->mentions;

        resource->mentions = mention->next;
        sim_index_remove(store->indexes[mention->key], mention->entry);
        free(mention);
    }
}

static void bury(struct sim_store *store, struct sim_resource *resource)
{
    HASH_DEL(store->by_id, resource);
    DL_DELETE(store->all[resource->kind], resource);
    free_versions(resource->newest);
    free(resource->id);
    free(resource);
}

void sim_store_free(struct sim_store *store)
{
    if (store == NULL) {
        return;
    }
    while (store->by_id != NULL) {
        struct sim_resource *resource = store->by_id;

        unindex(store, resource);
        bury(store, resource);
    }
    for (size_t key = 0; key < SIM_KEYS; key++) {
        sim_index_free(store->indexes[key]);
    }
    free(store);
}

void sim_store_forget(struct sim_store *store, int64_t now_ms)
{
    while (store->graveyard != NULL &&
           store->graveyard->newest->since_ms <= now_ms - SIM_STORE_HISTORY_MS) {
        struct sim_resource *resource = store->graveyard;

        DL_DELETE2(store->graveyard, resource, grave_prev, grave_next);
        bury(store, resource);
    }
}

static void mention(struct sim_store *store, struct sim_resource *resource, enum sim_store_key key,
    const char *value)
{
    struct mention *added = sim_memory_new(sizeof *added);

    added->key = key;
    added->entry = sim_index_add(store->indexes[key], value, resource);
    LL_PREPEND(resource->mentions, added);
}

static void index_document(
    struct sim_store *store, struct sim_resource *resource, const json_t *document)
{
    const json_t *element;
    size_t i;

    json_array_foreach(json_object_get(document, "tags"), i, element) {
        char *tag = sim_memory_format("%s=%s", json_string_value(json_object_get(element, "key")),
            json_string_value(json_object_get(element, "value")));

        mention(store, resource, SIM_KEY_TAG, tag);
        free(tag);
    }
    if (resource->kind != SIM_IMAGE) {
        return;
    }
    mention(store, resource, SIM_KEY_NAME, json_string_value(json_object_get(document, "name")));
    json_array_foreach(json_object_get(document, "blockDeviceMappings"), i, element) {
        const json_t *bsu = json_object_get(element, "bsu");
        const char *snapshot = json_string_value(json_object_get(bsu, "snapshotId"));

        if (snapshot != NULL) {
            mention(store, resource, SIM_KEY_SNAPSHOT, snapshot);
        }
    }
}

// Versions that were already replaced when the history begins can no longer be seen.
static void prune(struct sim_resource *resource, int64_t now_ms)
{
    for (struct version *version = resource->newest; version != NULL; version = version->older) {
        if (version->since_ms <= now_ms - SIM_STORE_HISTORY_MS) {
            free_versions(version->older);
            version->older = NULL;
        }
    }
}

// Puts a version in front. Without a document, one that says that the resource is no more.
static void push_version(struct sim_store *store, struct sim_resource *resource,
    const json_t *document, int64_t since_ms)
{
    struct version *version = sim_memory_new(sizeof *version);

    unindex(store, resource);
    version->since_ms = since_ms;
    version->older = resource->newest;
    if (document != NULL) {
        version->text = json_dumps(document, JSON_COMPACT);
        version->length = strlen(version->text);
        version->is_public = json_is_true(
            json_object_get(json_object_get(document, "access"), "isPublic"));
        index_document(store, resource, document);
    }
    resource->newest = version;
    if (since_ms != SIM_STORE_ALWAYS) {
        prune(resource, since_ms);
    }
}

static struct sim_resource *new_resource(
    struct sim_store *store, const struct sim_resource_traits *traits)
{
    struct sim_resource *resource = sim_memory_new(sizeof *resource);

    resource->id = sim_memory_text(traits->id);
    HASH_ADD_KEYPTR(hh, store->by_id, resource->id, strlen(resource->id), resource);
    return resource;
}

struct sim_resource *sim_store_add(struct sim_store *store,
    const struct sim_resource_traits *traits, const json_t *document, int64_t since_ms)
{
    struct sim_resource *resource;

    HASH_FIND_STR(store->by_id, traits->id, resource);
    if (resource == NULL) {
        resource = new_resource(store, traits);
    } else { // deleted lately, and made again under its id
        DL_DELETE2(store->graveyard, resource, grave_prev, grave_next);
        DL_DELETE(store->all[resource->kind], resource);
    }
    resource->kind = traits->kind;
    resource->owned = traits->owned;
    resource->visible_from_ms = traits->visible_from_ms;
    resource->sequence = store->sequence++;
    DL_APPEND(store->all[resource->kind], resource);
    store->owned[resource->kind] += resource->owned;
    push_version(store, resource, document, since_ms);
    return resource;
}

void sim_store_put(
    struct sim_store *store, struct sim_resource *resource, const json_t *document, int64_t now_ms)
{
    push_version(store, resource, document, now_ms);
}

void sim_store_remove(struct sim_store *store, struct sim_resource *resource, int64_t now_ms)
{
    push_version(store, resource, NULL, now_ms);
    store->owned[resource->kind] -= resource->owned;
    DL_APPEND2(store->graveyard, resource, grave_prev, grave_next);
}

struct sim_resource *sim_store_find(
    const struct sim_store *store, enum sim_kind kind, const char *id)
{
    struct sim_resource *resource;

    HASH_FIND_STR(store->by_id, id, resource);
    return resource != NULL && resource->kind == kind ? resource : NULL;
}

bool sim_store_knows(const struct sim_store *store, const char *id)
{
    struct sim_resource *resource;

    HASH_FIND_STR(store->by_id, id, resource);
    return resource != NULL;
}

struct sim_resource *sim_store_first(const struct sim_store *store, enum sim_kind kind)
{
    return store->all[kind];
}

struct sim_resource *sim_resource_next(const struct sim_resource *resource)
{
    return resource->next;
}

const struct sim_index_entry *sim_store_lookup(
    const struct sim_store *store, enum sim_store_key key, const char *value)
{
    return sim_index_find(store->indexes[key], value);
}

size_t sim_store_owned(const struct sim_store *store, enum sim_kind kind)
{
    return store->owned[kind];
}

const char *sim_resource_id(const struct sim_resource *resource)
{
    return resource->id;
}

enum sim_kind sim_resource_kind(const struct sim_resource *resource)
{
    return resource->kind;
}

bool sim_resource_owned(const struct sim_resource *resource)
{
    return resource->owned;
}

uint64_t sim_resource_sequence(const struct sim_resource *resource)
{
    return resource->sequence;
}

static const struct version *version_at(const struct sim_resource *resource, int64_t as_of_ms)
{
    const struct version *version = resource->newest;

    while (version != NULL && version->since_ms > as_of_ms) {
        version = version->older;
    }
    return version != NULL && version->text != NULL ? version : NULL;
}

const char *sim_resource_text(const struct sim_resource *resource, int64_t as_of_ms, size_t *length)
{
    const struct version *version = version_at(resource, as_of_ms);

    if (version == NULL) {
        return NULL;
    }
    *length = version->length;
    return version->text;
}

json_t *sim_resource_document(const struct sim_resource *resource, int64_t as_of_ms)
{
    const struct version *version = version_at(resource, as_of_ms);

    return version != NULL ? json_loadb(version->text, version->length, 0, NULL) : NULL;
}

bool sim_resource_visible(const struct sim_resource *resource, int64_t as_of_ms)
{
    const struct version *version = version_at(resource, as_of_ms);

    return version != NULL && resource->visible_from_ms <= as_of_ms &&
           (resource->owned || version->is_public);
}

bool sim_resource_public(const struct sim_resource *resource, int64_t as_of_ms)
{
    const struct version *version = version_at(resource, as_of_ms);

    return version != NULL && version->is_public;
}
