// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Descriptions of resources, completed to documents of the API.

#include "config.h"

#include "sim/seed.h"
#include "sim/calendar.h"
#include "sim/memory.h"
#include "sim/schema.h"

#include <stdlib.h>
#include <string.h>

#define VOLUME_SIZE 10
#define VOLUMES_MAX 24 // sdb to sdx

static void complete_image(struct sim_cloud *cloud, json_t *image);
static void complete_snapshot(struct sim_cloud *cloud, json_t *snapshot);
static void complete_vm(struct sim_cloud *cloud, json_t *vm);

static const struct kind {
    const char *prefix;
    const struct sim_check_field *schema;
    int date_digits;
    void (*complete)(struct sim_cloud *cloud, json_t *document);
} kinds[SIM_KINDS] = {
    [SIM_IMAGE] = {"ami", sim_schema_image, 6, complete_image},
    [SIM_SNAPSHOT] = {"snap", sim_schema_snapshot, 3, complete_snapshot},
    [SIM_VM] = {"i", sim_schema_vm, 6, complete_vm},
};

static void set_default(json_t *object, const char *name, json_t *value)
{
    if (json_object_get(object, name) != NULL) {
        json_decref(value);
    } else {
        json_object_set_new(object, name, value);
    }
}

static void complete_image(struct sim_cloud *cloud, json_t *image)
{
    char *snapshot = sim_cloud_new_id(cloud, "snap");

    set_default(image, "access", json_pack("{s:b}", "isPublic", 0));
    set_default(image, "architecture", json_string("x86_64"));
    set_default(image, "blockDeviceMappings",
        json_pack("[{s:{s:b, s:s, s:i, s:s}, s:s}]", "bsu", "deleteOnVmDeletion", 1, "snapshotId",
            snapshot, "volumeSize", VOLUME_SIZE, "volumeType", "standard", "deviceName",
            "/dev/sda1"));
    set_default(image, "description", json_string(""));
    set_default(image, "name", json_incref(json_object_get(image, "id")));
    set_default(image, "productCodes", json_array());
    set_default(image, "rootDeviceName", json_string("/dev/sda1"));
    set_default(image, "rootDeviceType", json_string("bsu"));
    set_default(image, "state", json_string("available"));
    set_default(image, "stateComment", json_object());
    set_default(image, "tags", json_array());
    set_default(image, "type", json_string("machine"));
    free(snapshot);
}

static void complete_snapshot(struct sim_cloud *cloud, json_t *snapshot)
{
    char *volume = sim_cloud_new_id(cloud, "vol");

    set_default(snapshot, "access", json_pack("{s:b}", "isPublic", 0));
    set_default(snapshot, "description", json_string(""));
    set_default(snapshot, "progress", json_integer(100));
    set_default(snapshot, "state", json_string("completed"));
    set_default(snapshot, "tags", json_array());
    set_default(snapshot, "volumeId", json_string(volume));
    set_default(snapshot, "volumeSize", json_integer(VOLUME_SIZE));
    free(volume);
}

// A VM's description says how many volumes it has; its document says which.
static json_t *make_volumes(struct sim_cloud *cloud, json_int_t count)
{
    json_t *mappings = json_array();

    for (json_int_t i = 0; i < count && i <= VOLUMES_MAX; i++) {
        char *volume = sim_cloud_new_id(cloud, "vol");
        char device[] = "/dev/sda1";

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

static void complete_vm(struct sim_cloud *cloud, json_t *vm)
{
    const json_t *volumes = json_object_get(vm, "volumes");

    set_default(vm, "architecture", json_string("x86_64"));
    json_object_set_new(vm, "blockDeviceMappings",
        make_volumes(cloud, volumes != NULL ? json_integer_value(volumes) : 1));
    set_default(vm, "productCodes", json_array());
    set_default(vm, "rootDeviceName", json_string("/dev/sda1"));
    set_default(vm, "rootDeviceType", json_string("bsu"));
    set_default(vm, "state", json_string("running"));
    set_default(vm, "tags", json_array());
    set_default(vm, "type", json_string("ns-cus6-2c4r"));
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
    struct sim_resource_traits traits = {
        .kind = kind, .owned = is_owned(description), .visible_from_ms = SIM_STORE_ALWAYS};
    struct sim_resource *resource = NULL;

    put_id(cloud, kind, document);
    put_date(cloud, kind, document, now_ms);
    kinds[kind].complete(cloud, document);
    json_object_del(document, "owned");
    traits.id = json_string_value(json_object_get(document, "id"));
    if (is_id_taken(sim_cloud_store(cloud), kind, traits.id, now_ms)) {
        sim_error_set(error, "the id %s is taken", traits.id);
    } else {
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
