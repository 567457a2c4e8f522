// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Descriptions of resources, completed to documents of the API.

#include "config.h"

#include "sim/seed.h"
#include "sim/calendar.h"
#include "sim/document.h"
#include "sim/memory.h"
#include "sim/schema.h"
#include "sim/snapshots.h"

#include <stdlib.h>
#include <string.h>

#define VOLUMES_MAX 24 // sdb to sdx

// What is to become of a description.
struct seed {
    struct sim_cloud *cloud;
    json_t *document;
    bool owned;
    int64_t now_ms;
};

static void complete_image(const struct seed *seed);
static void complete_snapshot(const struct seed *seed);
static void complete_vm(const struct seed *seed);

static const struct kind {
    const char *prefix;
    const struct sim_check_field *schema;
    int date_digits;
    void (*complete)(const struct seed *seed);
} kinds[SIM_KINDS] = {
    [SIM_IMAGE] = {"ami", sim_schema_image, 6, complete_image},
    [SIM_SNAPSHOT] = {"snap", sim_schema_snapshot, 3, complete_snapshot},
    [SIM_VM] = {"i", sim_schema_vm, 6, complete_vm},
};

// The one device of an image that says nothing of its devices. Whose the image is, his is the
// snapshot: the account sees the snapshots of its own images.
static json_t *make_mappings(const struct seed *seed)
{
    struct sim_snapshot_draft draft = {.description = "", .volume_size = SIM_VOLUME_SIZE};
    char *id = seed->owned ? sim_memory_text(sim_resource_id(
                                 sim_snapshots_make(seed->cloud, &draft, seed->now_ms)))
                           : sim_cloud_new_id(seed->cloud, "snap");
    json_t *mappings = json_pack("[{s:{s:b, s:s, s:i, s:s}, s:s}]", "bsu", "deleteOnVmDeletion", 1,
        "snapshotId", id, "volumeSize", SIM_VOLUME_SIZE, "volumeType", "standard", "deviceName",
        SIM_ROOT_DEVICE);

    free(id);
    return mappings;
}

static void complete_image(const struct seed *seed)
{
    json_t *image = seed->document;

    if (json_object_get(image, "blockDeviceMappings") == NULL) {
        json_object_set_new(image, "blockDeviceMappings", make_mappings(seed));
    }
    sim_document_default(image, "access", json_pack("{s:b}", "isPublic", 0));
    sim_document_default(image, "architecture", json_string("x86_64"));
    sim_document_default(image, "description", json_string(""));
    sim_document_default(image, "name", json_incref(json_object_get(image, "id")));
    sim_document_default(image, "productCodes", json_array());
    sim_document_default(image, "rootDeviceName", json_string(SIM_ROOT_DEVICE));
    sim_document_default(image, "rootDeviceType", json_string("bsu"));
    sim_document_default(image, "state", json_string("available"));
    sim_document_default(image, "stateComment", json_object());
    sim_document_default(image, "tags", json_array());
    sim_document_default(image, "type", json_string("machine"));
}

static void complete_snapshot(const struct seed *seed)
{
    json_t *snapshot = seed->document;
    char *volume = sim_cloud_new_id(seed->cloud, "vol");

    sim_document_default(snapshot, "access", json_pack("{s:b}", "isPublic", 0));
    sim_document_default(snapshot, "description", json_string(""));
    sim_document_default(snapshot, "progress", json_integer(100));
    sim_document_default(snapshot, "state", json_string("completed"));
    sim_document_default(snapshot, "tags", json_array());
    sim_document_default(snapshot, "volumeId", json_string(volume));
    sim_document_default(snapshot, "volumeSize", json_integer(SIM_VOLUME_SIZE));
    free(volume);
}

// A VM's description says how many volumes it has; its document says which.
static json_t *make_volumes(struct sim_cloud *cloud, json_int_t count)
{
    json_t *mappings = json_array();

    for (json_int_t i = 0; i < count && i <= VOLUMES_MAX; i++) {
        char *volume = sim_cloud_new_id(cloud, "vol");
        char device[] = SIM_ROOT_DEVICE;

        if (i > 0) {
            device[7] = (char)('a' + i);
            device[8] = '\0';
        }
        json_array_append_new(
            mappings, json_pack("{s:{s:b, s:s, s:s}, s:s}", "bsu", "deleteOnVmDeletion", 1, "state",
                          "attached", "volumeId", volume, "deviceName", device));
        free(volume);
    }
    return mappings;
}

static void complete_vm(const struct seed *seed)
{
    json_t *vm = seed->document;
    const json_t *volumes = json_object_get(vm, "volumes");

    sim_document_default(vm, "architecture", json_string("x86_64"));
    json_object_set_new(vm, "blockDeviceMappings",
        make_volumes(seed->cloud, volumes != NULL ? json_integer_value(volumes) : 1));
    sim_document_default(vm, "productCodes", json_array());
    sim_document_default(vm, "rootDeviceName", json_string(SIM_ROOT_DEVICE));
    sim_document_default(vm, "rootDeviceType", json_string("bsu"));
    sim_document_default(vm, "state", json_string("running"));
    sim_document_default(vm, "tags", json_array());
    sim_document_default(vm, "type", json_string("ns-cus6-2c4r"));
    json_object_del(vm, "volumes");
}

int sim_seed_check(enum sim_kind kind, const json_t *description, struct sim_error *error)
{
    json_t *violations = json_array();
    const json_t *first;
    int result = 0;

    if (sim_check_object(kinds[kind].schema, description, "", violations) != 0) {
        first = json_array_get(violations, 0);
        result = sim_error_set(error, "%s %s", json_string_value(json_object_get(first, "field")),
            json_string_value(json_object_get(first, "description")));
    }
    json_decref(violations);
    return result;
}

static void put_date(struct sim_cloud *cloud, enum sim_kind kind, json_t *document, int64_t now_ms)
{
    const char *given = json_string_value(json_object_get(document, "creationDate"));
    int64_t date_us;
    char *date;

    if (given == NULL || sim_calendar_parse(given, &date_us) != 0) {
        date_us = sim_cloud_creation_us(cloud, now_ms);
    }
    date = sim_calendar_format(date_us, kinds[kind].date_digits);
    json_object_set_new(document, "creationDate", json_string(date));
    free(date);
}

static void put_id(struct sim_cloud *cloud, enum sim_kind kind, json_t *document)
{
    if (json_object_get(document, "id") == NULL) {
        char *id = sim_cloud_new_id(cloud, kinds[kind].prefix);

        json_object_set_new(document, "id", json_string(id));
        free(id);
    }
}

static bool is_owned(const json_t *description)
{
    const json_t *owned = json_object_get(description, "owned");
    const json_t *access = json_object_get(description, "access");

    return owned != NULL ? json_is_true(owned) : !json_is_true(json_object_get(access, "isPublic"));
}

// Whether a living resource, or a dead one of another kind, stands in the way of a new one.
static bool is_id_taken(
    const struct sim_store *store, enum sim_kind kind, const char *id, int64_t now_ms)
{
    const struct sim_resource *resource = sim_store_find(store, kind, id);
    size_t ignored;

    return resource != NULL ? sim_resource_text(resource, now_ms, &ignored) != NULL
                            : sim_store_knows(store, id);
}

struct sim_resource *sim_seed_add(struct sim_cloud *cloud, enum sim_kind kind,
    const json_t *description, int64_t since_ms, int64_t now_ms, struct sim_error *error)
{
    json_t *document = json_deep_copy(description);
    struct seed seed = {cloud, document, is_owned(description), now_ms};
    struct sim_resource_traits traits = {kind, NULL, seed.owned, SIM_STORE_ALWAYS};
    struct sim_resource *resource = NULL;

    put_id(cloud, kind, document);
    traits.id = sim_document_text(document, "id");
    if (is_id_taken(sim_cloud_store(cloud), kind, traits.id, now_ms)) {
        sim_error_set(error, "the id %s is taken", traits.id);
    } else {
        put_date(cloud, kind, document, now_ms);
        kinds[kind].complete(&seed);
        json_object_del(document, "owned");
        resource = sim_store_add(sim_cloud_store(cloud), &traits, document, since_ms);
    }
    json_decref(document);
    return resource;
}

int sim_seed_patch(struct sim_cloud *cloud, struct sim_resource *resource, const json_t *patch,
    int64_t now_ms, struct sim_error *error)
{
    json_t *document;

    if (sim_seed_check(sim_resource_kind(resource), patch, error) != 0) {
        return -1;
    }
    if (json_object_get(patch, "id") != NULL || json_object_get(patch, "owned") != NULL ||
        json_object_get(patch, "volumes") != NULL) {
        return sim_error_set(error, "id, owned and volumes cannot be changed");
    }
    document = sim_resource_document(resource, now_ms);
    json_object_update(document, (json_t *)patch);
    sim_store_put(sim_cloud_store(cloud), resource, document, now_ms);
    json_decref(document);
    return 0;
}
