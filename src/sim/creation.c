// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The making of images: as a copy of one, from a VM, or from snapshots. What is wrong with a
// request is found before anything is made.

#include "config.h"

#include "sim/images.h"
#include "sim/calendar.h"
#include "sim/check.h"
#include "sim/document.h"
#include "sim/memory.h"
#include "sim/problem.h"
#include "sim/registration.h"
#include "sim/snapshots.h"

#include <stdlib.h>
#include <string.h>

#define SIM_ROOT_DEVICE     "/dev/sda1"
#define SERVER_PRODUCT_CODE "0001" // the server adds it to every image
#define IOPS_PER_GIB        300
#define SIM_VOLUME_SIZE     10

// An image under way. `image` is its document; what it inherits was put there by its source.
struct creation {
    const struct sim_call *call;
    const struct source *source;
    json_t *violations;
    json_t *image;
    int64_t pending_ms;
};

// One way to make an image. `prepare` fills the document from what the request names: -1 when that
// is not there or not usable, with violations or an answer.
struct source {
    const char *property;
    int (*prepare)(struct creation *creation);
};

static int answer_missing(const struct creation *creation, const char *noun, const char *id)
{
    sim_problem_answer(creation->call->response, SIM_PROBLEM_RESOURCE, creation->call->path,
        "The %s '%s' doesn't exist.", noun, id);
    return -1;
}

static int prepare_copy(struct creation *creation)
{
    static const char *const inherited[] = {
        "access", "architecture", "blockDeviceMappings", "productCodes", "rootDeviceName"};
    const struct sim_call *call = creation->call;
    const char *id = sim_document_text(call->body, "sourceImageId");
    const struct sim_resource *source = sim_call_find(call, SIM_IMAGE, id);
    json_t *document;

    if (source == NULL) {
        return answer_missing(creation, "ImageId", id);
    }
    document = sim_resource_document(source, call->now_ms);
    if (strcmp(sim_document_text(document, "state"), "available") != 0) {
        sim_problem_answer(call->response, SIM_PROBLEM_IMAGE_STATE, call->path, "%s", "");
        json_decref(document);
        return -1;
    }
    for (size_t i = 0; i < sizeof inherited / sizeof inherited[0]; i++) {
        json_object_set(creation->image, inherited[i], json_object_get(document, inherited[i]));
    }
    if (!sim_document_gives(call->body, "name")) {
        char *name = sim_memory_format("%s-copy1", sim_document_text(document, "name"));

        json_object_set_new(creation->image, "name", json_string(name));
        free(name);
    }
    json_decref(document);
    creation->pending_ms = sim_cloud_settings(call->cloud)->pending_copy_ms;
    return 0;
}

// One mapping for each of the VM's volumes. The snapshots come with the image.
static int prepare_vm(struct creation *creation)
{
    const struct sim_call *call = creation->call;
    const char *id = sim_document_text(call->body, "vmId");
    const struct sim_resource *vm = sim_call_find(call, SIM_VM, id);
    json_t *document, *mappings, *mapping;
    size_t i;

    if (vm == NULL) {
        return answer_missing(creation, "VmId", id);
    }
    document = sim_resource_document(vm, call->now_ms);
    mappings = json_array();
    json_array_foreach(json_object_get(document, "blockDeviceMappings"), i, mapping) {
        json_array_append_new(mappings,
            json_pack("{s:{s:b, s:s, s:i, s:s}, s:s}", "bsu", "deleteOnVmDeletion", 1, "volumeId",
                sim_document_text(json_object_get(mapping, "bsu"), "volumeId"), "volumeSize",
                SIM_VOLUME_SIZE, "volumeType", "standard", "deviceName",
                sim_document_text(mapping, "deviceName")));
    }
    json_object_set_new(creation->image, "blockDeviceMappings", mappings);
    json_object_set(creation->image, "architecture", json_object_get(document, "architecture"));
    json_object_set(creation->image, "productCodes", json_object_get(document, "productCodes"));
    json_object_set_new(creation->image, "rootDeviceName", json_string(SIM_ROOT_DEVICE));
    json_decref(document);
    creation->pending_ms = sim_cloud_settings(call->cloud)->pending_vm_ms;
    return 0;
}

static int prepare_registration(struct creation *creation)
{
    creation->pending_ms = sim_cloud_settings(creation->call->cloud)->pending_snapshot_ms;
    return sim_registration_prepare(creation->call, creation->image, creation->violations);
}

static const struct source sources[] = {
    {"sourceImageId", prepare_copy},
    {"vmId", prepare_vm},
    {"blockDeviceMappings", prepare_registration},
};

// Properties that go with one of the sources only.
static const struct companion {
    const char *property;
    const char *source;
} companions[] = {
    {"sourceRegionName", "sourceImageId"},
    {"noReboot", "vmId"},
    {"rootDeviceName", "blockDeviceMappings"},
    {"architecture", "blockDeviceMappings"},
};

// Finds the one source of the request, and checks what must or must not go with it.
static int check_body(struct creation *creation)
{
    const json_t *body = creation->call->body;
    const char *region = sim_cloud_settings(creation->call->cloud)->region;
    size_t given = 0;

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sim_document_gives(body, sources[i].property)) {
            creation->source = &sources[i];
            given++;
        }
    }
    if (given != 1) {
        return sim_check_violation(creation->violations, "",
            "needs exactly one of sourceImageId, vmId and blockDeviceMappings");
    }
    for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++) {
        if (sim_document_gives(body, companions[i].property) &&
            strcmp(companions[i].source, creation->source->property) != 0) {
            sim_check_violation(creation->violations, companions[i].property, "goes with %s only",
                companions[i].source);
        }
    }
    if (creation->source->prepare == prepare_copy) {
        if (strcmp(sim_document_text(body, "sourceRegionName"), region) != 0) {
            sim_check_violation(creation->violations, "sourceRegionName", "must be %s", region);
        }
    } else if (!sim_document_gives(body, "name")) {
        sim_check_violation(creation->violations, "name", "is required");
    }
    return json_array_size(creation->violations) > 0 ? -1 : 0;
}

static bool is_name_taken(const struct sim_call *call, const char *name)
{
    const struct sim_index_entry *entry = sim_store_lookup(
        sim_cloud_store(call->cloud), SIM_KEY_NAME, name);

    while (entry != NULL && !sim_resource_owned(sim_index_item(entry))) {
        entry = sim_index_next(entry);
    }
    return entry != NULL;
}

// The account's limits: one image of a name, and so many images.
static int check_account(const struct creation *creation)
{
    const struct sim_call *call = creation->call;
    const struct sim_cloud_settings *settings = sim_cloud_settings(call->cloud);

    if (settings->unique_names && is_name_taken(call, sim_document_text(creation->image, "name"))) {
        sim_problem_answer(call->response, SIM_PROBLEM_CONFLICT, call->path, "%s", "");
        return -1;
    }
    if (settings->max_images > 0 &&
        sim_store_owned(sim_cloud_store(call->cloud), SIM_IMAGE) >= (size_t)settings->max_images) {
        sim_problem_answer(call->response, SIM_PROBLEM_QUOTA, call->path,
            "The quota of %lld images is used up.", (long long)settings->max_images);
        return -1;
    }
    return 0;
}

static void add_product_codes(json_t *codes, const json_t *more)
{
    json_t *code, *known;
    size_t i, j;

    json_array_foreach(more, i, code) {
        bool is_new = true;

        json_array_foreach(codes, j, known) {
            is_new = is_new && !json_equal(known, code);
        }
        if (is_new) {
            json_array_append(codes, code);
        }
    }
}

static json_t *join_product_codes(const json_t *inherited, const json_t *asked)
{
    json_t *codes = json_array();
    json_t *added = json_pack("[s]", SERVER_PRODUCT_CODE);

    add_product_codes(codes, inherited);
    add_product_codes(codes, asked);
    add_product_codes(codes, added);
    json_decref(added);
    return codes;
}

// Gives a copy, and an image of a VM, snapshots of its own, which become ready with it.
static void make_snapshots(struct creation *creation)
{
    const struct sim_call *call = creation->call;
    bool is_pending = creation->pending_ms > 0 || call->fail_image;
    json_t *mappings = json_deep_copy(json_object_get(creation->image, "blockDeviceMappings"));
    const json_t *mapping;
    size_t i;

    json_array_foreach(mappings, i, mapping) {
        json_t *bsu = json_object_get(mapping, "bsu");
        struct sim_snapshot_draft draft = {
            .description = "Created by CreateImage",
            .volume_id = json_string_value(json_object_get(bsu, "volumeId")),
            .volume_size = json_integer_value(json_object_get(bsu, "volumeSize")),
            .ready_ms = call->now_ms + creation->pending_ms,
            .state = is_pending ? "pending" : NULL,
            .fails = call->fail_image,
        };

        if (bsu != NULL) {
            const struct sim_resource *snapshot = sim_snapshots_make(
                call->cloud, &draft, call->now_ms);

            json_object_set_new(bsu, "snapshotId", json_string(sim_resource_id(snapshot)));
            json_object_del(bsu, "volumeId");
        }
    }
    json_object_set_new(creation->image, "blockDeviceMappings", mappings);
}

static struct sim_resource *add_image(const struct creation *creation)
{
    const struct sim_call *call = creation->call;
    bool is_pending = creation->pending_ms > 0 || call->fail_image;
    char *id = sim_cloud_new_id(call->cloud, "ami");
    char *date = sim_calendar_format(sim_cloud_creation_us(call->cloud, call->now_ms), 6);
    struct sim_resource_traits traits = {
        SIM_IMAGE, id, true, call->hidden_ms > 0 ? call->now_ms + call->hidden_ms : call->now_ms};
    struct sim_resource *image;

    json_object_set_new(creation->image, "id", json_string(id));
    json_object_set_new(creation->image, "creationDate", json_string(date));
    json_object_set_new(
        creation->image, "state", json_string(is_pending ? "pending" : "available"));
    image = sim_store_add(sim_cloud_store(call->cloud), &traits, creation->image, call->now_ms);
    if (is_pending) {
        sim_cloud_settle(call->cloud, image, call->now_ms + creation->pending_ms, "pending",
            call->fail_image
                ? json_pack("{s:s, s:{s:s, s:s}}", "state", "failed", "stateComment", "stateCode",
                      "InternalError", "stateMessage", "The image could not be made.")
                : json_pack("{s:s}", "state", "available"));
    }
    free(date);
    free(id);
    return image;
}

static json_t *new_document(const json_t *body)
{
    return json_pack("{s:{s:b}, s:s, s:s, s:s, s:{}, s:[], s:s}", "access", "isPublic", 0,
        "description", sim_document_text(body, "description"), "name",
        sim_document_text(body, "name"), "rootDeviceType", "bsu", "stateComment", "tags", "type",
        "machine");
}

// Checks everything, in the order the real server seems to: the request, what it names, the
// account.
static int prepare(struct creation *creation)
{
    if (check_body(creation) != 0 || creation->source->prepare(creation) != 0 ||
        json_array_size(creation->violations) > 0) {
        return -1;
    }
    return check_account(creation);
}

void sim_images_create(const struct sim_call *call)
{
    struct creation creation = {
        .call = call, .violations = json_array(), .image = new_document(call->body)};

    if (prepare(&creation) == 0) {
        json_object_set_new(creation.image, "productCodes",
            join_product_codes(json_object_get(creation.image, "productCodes"),
                json_object_get(call->body, "productCodes")));
        if (creation.source->prepare != prepare_registration) {
            make_snapshots(&creation);
        }
        sim_call_show(call, 201, add_image(&creation));
    } else if (json_array_size(creation.violations) > 0) {
        sim_problem_violations(call->response, call->path, json_incref(creation.violations));
    }
    json_decref(creation.image);
    json_decref(creation.violations);
}
