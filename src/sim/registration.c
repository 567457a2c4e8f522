// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Block device mappings: what the tables of schema.c cannot say of them, and what the server adds.

#include "config.h"

#include "sim/registration.h"
#include "sim/check.h"
#include "sim/document.h"
#include "sim/memory.h"
#include "sim/problem.h"
#include "sim/snapshots.h"

#include <stdlib.h>
#include <string.h>

#define IOPS_PER_GIB         300
#define DEFAULT_ARCHITECTURE "i386" // the server's, whatever the snapshot holds

struct registration {
    const struct sim_call *call;
    json_t *violations;
};

// The document of a snapshot that an image can be made of; NULL and an answer when it is not there
// or not completed.
static json_t *usable_snapshot(const struct sim_call *call, const char *id)
{
    const struct sim_resource *snapshot = sim_call_find(call, SIM_SNAPSHOT, id);
    json_t *document;

    if (snapshot == NULL) {
        sim_problem_answer(call->response, SIM_PROBLEM_RESOURCE, call->path,
            "The SnapshotId '%s' doesn't exist.", id);
        return NULL;
    }
    document = sim_resource_document(snapshot, call->now_ms);
    if (strcmp(sim_document_text(document, "state"), "completed") != 0) {
        sim_problem_answer(call->response, SIM_PROBLEM_SNAPSHOT_STATE, call->path, "%s", "");
        json_decref(document);
        return NULL;
    }
    return document;
}

static void check_iops(
    const struct registration *registration, const json_t *bsu, const char *field)
{
    const json_t *iops = json_object_get(bsu, "iops");
    json_int_t size = json_integer_value(json_object_get(bsu, "volumeSize"));
    bool is_io1 = strcmp(sim_document_text(bsu, "volumeType"), "io1") == 0;

    if (is_io1 && iops == NULL) {
        sim_check_violation(registration->violations, field, "needs iops with volumeType io1");
    } else if (!is_io1 && iops != NULL) {
        sim_check_violation(
            registration->violations, field, "may have iops with volumeType io1 only");
    } else if (iops != NULL && json_integer_value(iops) > IOPS_PER_GIB * size) {
        sim_check_violation(
            registration->violations, field, "may have at most %d iops for each GiB", IOPS_PER_GIB);
    }
}

// An empty text is as good as none; the defaults look for what is not there.
static void drop_empty(json_t *object, const char *name)
{
    if (!sim_document_gives(object, name)) {
        json_object_del(object, name);
    }
}

// Completes the volume of a mapping with the server's defaults, and checks it.
static int complete_bsu(const struct registration *registration, json_t *bsu, const char *field)
{
    const char *snapshot_id = sim_document_text(bsu, "snapshotId");
    json_int_t least = 1;

    drop_empty(bsu, "volumeType");
    if (snapshot_id[0] != '\0') {
        json_t *snapshot = usable_snapshot(registration->call, snapshot_id);

        if (snapshot == NULL) {
            return -1;
        }
        least = json_integer_value(json_object_get(snapshot, "volumeSize"));
        sim_document_default(bsu, "volumeSize", json_integer(least));
        json_decref(snapshot);
    } else if (json_object_get(bsu, "volumeSize") != NULL) {
        drop_empty(bsu, "snapshotId");
    } else {
        sim_check_violation(registration->violations, field, "needs snapshotId or volumeSize");
        return 0;
    }
    if (json_integer_value(json_object_get(bsu, "volumeSize")) < least) {
        sim_check_violation(registration->violations, field,
            "must have a volumeSize of at least the snapshot's, %d", (int)least);
    }
    sim_document_default(bsu, "volumeType", json_string("standard"));
    sim_document_default(bsu, "deleteOnVmDeletion", json_true());
    check_iops(registration, bsu, field);
    return 0;
}

static bool is_device_repeated(const json_t *mappings, size_t place)
{
    size_t i = 0;

    while (strcmp(sim_document_text(json_array_get(mappings, i), "deviceName"),
               sim_document_text(json_array_get(mappings, place), "deviceName")) != 0) {
        i++;
    }
    return i < place;
}

static int complete_mapping(
    const struct registration *registration, const json_t *mappings, size_t place)
{
    json_t *mapping = json_array_get(mappings, place);
    json_t *bsu = json_object_get(mapping, "bsu");
    char *field = sim_memory_format("blockDeviceMappings[%zu]", place);
    int result = 0;

    if (sim_document_text(mapping, "deviceName")[0] == '\0') {
        sim_check_violation(registration->violations, field, "needs a deviceName");
    } else if (is_device_repeated(mappings, place)) {
        sim_check_violation(registration->violations, field, "has the deviceName of another");
    }
    if ((bsu != NULL) == sim_document_gives(mapping, "virtualDeviceName")) {
        sim_check_violation(
            registration->violations, field, "needs either bsu or virtualDeviceName");
    } else if (bsu != NULL) {
        drop_empty(mapping, "virtualDeviceName");
        result = complete_bsu(registration, bsu, field);
    }
    free(field);
    return result;
}

static void check_root(
    const struct registration *registration, const json_t *mappings, const char *root)
{
    const json_t *mapping;
    size_t i;

    json_array_foreach(mappings, i, mapping) {
        if (strcmp(sim_document_text(mapping, "deviceName"), root) == 0 &&
            sim_document_gives(json_object_get(mapping, "bsu"), "snapshotId")) {
            return;
        }
    }
    sim_check_violation(registration->violations, "blockDeviceMappings",
        "must have a bsu.snapshotId for the root device %s", root);
}

int sim_registration_prepare(const struct sim_call *call, json_t *image, json_t *violations)
{
    struct registration registration = {call, violations};
    const char *root = sim_document_text(call->body, "rootDeviceName");
    const char *architecture = sim_document_text(call->body, "architecture");
    json_t *mappings = json_deep_copy(json_object_get(call->body, "blockDeviceMappings"));

    root = root[0] != '\0' ? root : SIM_ROOT_DEVICE;
    json_object_set_new(image, "blockDeviceMappings", mappings);
    json_object_set_new(image, "rootDeviceName", json_string(root));
    json_object_set_new(image, "architecture",
        json_string(architecture[0] != '\0' ? architecture : DEFAULT_ARCHITECTURE));
    for (size_t i = 0; i < json_array_size(mappings); i++) {
        if (complete_mapping(&registration, mappings, i) != 0) {
            return -1;
        }
    }
    check_root(&registration, mappings, root);
    return 0;
}
