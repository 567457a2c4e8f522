// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Snapshots: of a VM's volume, or of another snapshot.

#include "config.h"

#include "sim/snapshots.h"
#include "sim/calendar.h"
#include "sim/check.h"
#include "sim/document.h"
#include "sim/listing.h"
#include "sim/memory.h"
#include "sim/problem.h"

#include <stdlib.h>
#include <string.h>

void sim_snapshots_list(const struct sim_call *call)
{
    sim_listing_answer(call, SIM_SNAPSHOT);
}

void sim_snapshots_read(const struct sim_call *call)
{
    sim_call_read(call, SIM_SNAPSHOT);
}

struct sim_resource *sim_snapshots_make(
    struct sim_cloud *cloud, const struct sim_snapshot_draft *draft, int64_t now_ms)
{
    char *id = sim_cloud_new_id(cloud, "snap");
    char *date = sim_calendar_format(now_ms * 1000, 3);
    struct sim_resource_traits traits = {SIM_SNAPSHOT, id, true, SIM_STORE_ALWAYS};
    struct sim_resource *snapshot;
    json_t *document = json_pack("{s:{s:b}, s:s, s:s, s:s, s:i, s:s, s:[], s:I}", "access",
        "isPublic", 0, "creationDate", date, "description", draft->description, "id", id,
        "progress", draft->state == NULL ? 100 : 0, "state",
        draft->state == NULL ? "completed" : draft->state, "tags", "volumeSize",
        draft->volume_size);

    if (draft->volume_id != NULL) {
        json_object_set_new(document, "volumeId", json_string(draft->volume_id));
    }
    snapshot = sim_store_add(sim_cloud_store(cloud), &traits, document, now_ms);
    if (draft->state != NULL) {
        sim_cloud_settle(cloud, snapshot, draft->ready_ms, draft->state,
            draft->fails ? json_pack("{s:s}", "state", "error")
                         : json_pack("{s:s, s:i}", "state", "completed", "progress", 100));
    }
    json_decref(document);
    free(date);
    free(id);
    return snapshot;
}

// Whether a VM of the account has this volume.
static bool has_volume(const struct sim_resource *vm, const char *volume_id, int64_t now_ms)
{
    json_t *document = sim_resource_visible(vm, now_ms) ? sim_resource_document(vm, now_ms) : NULL;
    const json_t *mapping;
    size_t i;
    bool found = false;

    json_array_foreach(json_object_get(document, "blockDeviceMappings"), i, mapping) {
        const json_t *bsu = json_object_get(mapping, "bsu");

        found = found ||
                strcmp(json_string_value(json_object_get(bsu, "volumeId")), volume_id) == 0;
    }
    json_decref(document);
    return found;
}

static bool volume_exists(const struct sim_call *call, const char *volume_id)
{
    const struct sim_resource *vm = sim_store_first(sim_cloud_store(call->cloud), SIM_VM);

    while (vm != NULL && !has_volume(vm, volume_id, call->now_ms)) {
        vm = sim_resource_next(vm);
    }
    return vm != NULL;
}

static void create_from_volume(
    const struct sim_call *call, const char *description, const char *volume_id)
{
    struct sim_snapshot_draft draft = {
        .description = description,
        .volume_id = volume_id,
        .volume_size = SIM_VOLUME_SIZE,
        .ready_ms = call->now_ms + sim_cloud_settings(call->cloud)->pending_snapshot_ms,
        .state = "in-queue",
    };

    if (!volume_exists(call, volume_id)) {
        sim_problem_answer(call->response, SIM_PROBLEM_RESOURCE, call->path,
            "The VolumeId '%s' doesn't exist.", volume_id);
        return;
    }
    sim_call_show(call, 201, sim_snapshots_make(call->cloud, &draft, call->now_ms));
}

static void create_from_snapshot(
    const struct sim_call *call, const char *description, const char *source_id)
{
    const struct sim_resource *source = sim_call_find(call, SIM_SNAPSHOT, source_id);
    struct sim_snapshot_draft draft = {.description = description};
    json_t *document;

    if (source == NULL) {
        sim_problem_answer(call->response, SIM_PROBLEM_RESOURCE, call->path,
            "The SnapshotId '%s' doesn't exist.", source_id);
        return;
    }
    document = sim_resource_document(source, call->now_ms);
    if (strcmp(json_string_value(json_object_get(document, "state")), "completed") != 0) {
        sim_problem_answer(call->response, SIM_PROBLEM_SNAPSHOT_STATE, call->path, "%s", "");
    } else {
        draft.volume_size = json_integer_value(json_object_get(document, "volumeSize"));
        sim_call_show(call, 201, sim_snapshots_make(call->cloud, &draft, call->now_ms));
    }
    json_decref(document);
}

void sim_snapshots_create(const struct sim_call *call)
{
    const char *volume_id = sim_document_text(call->body, "volumeId");
    const char *source_id = sim_document_text(call->body, "sourceSnapshotId");
    const char *region = sim_document_text(call->body, "sourceRegionName");
    const char *own_region = sim_cloud_settings(call->cloud)->region;
    json_t *violations = json_array();

    if ((volume_id[0] == '\0') == (source_id[0] == '\0')) {
        sim_check_violation(violations, "", "needs either volumeId or sourceSnapshotId");
    }
    if (source_id[0] != '\0' && strcmp(region, own_region) != 0) {
        sim_check_violation(violations, "sourceRegionName", "must be %s", own_region);
    }
    if (source_id[0] == '\0' && region[0] != '\0') {
        sim_check_violation(violations, "sourceRegionName", "goes with sourceSnapshotId");
    }
    if (json_array_size(violations) > 0) {
        sim_problem_violations(call->response, call->path, violations);
        return;
    }
    json_decref(violations);
    if (volume_id[0] != '\0') {
        create_from_volume(call, sim_document_text(call->body, "description"), volume_id);
    } else {
        create_from_snapshot(call, sim_document_text(call->body, "description"), source_id);
    }
}

void sim_snapshots_delete(const struct sim_call *call)
{
    struct sim_store *store = sim_cloud_store(call->cloud);
    struct sim_resource *snapshot = sim_call_own(
        call, SIM_SNAPSHOT, call->id, "compute.snapshot.delete");

    if (snapshot == NULL) {
        return;
    }
    if (sim_store_lookup(store, SIM_KEY_SNAPSHOT, call->id) != NULL) {
        sim_problem_answer(call->response, SIM_PROBLEM_CONFLICT, call->path, "%s", "");
        return;
    }
    sim_store_remove(store, snapshot, call->now_ms);
    sim_response_nothing(call->response);
}
