// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reading images, changing their access and deleting them. A pending image can be changed and
// deleted as well: its making then comes to nothing. Its snapshots stay.

#include "config.h"

#include "sim/images.h"
#include "sim/check.h"
#include "sim/listing.h"
#include "sim/problem.h"

void sim_images_list(const struct sim_call *call)
{
    sim_listing_answer(call, SIM_IMAGE);
}

void sim_images_read(const struct sim_call *call)
{
    sim_call_read(call, SIM_IMAGE);
}

// What the body asks the image's isPublic to be; -1 and a violation when it asks for nothing, or
// for two things at once. To remove is to say isPublic true under `removals`.
static int read_access(const json_t *creation, json_t *violations, bool *is_public)
{
    const json_t *additions = json_object_get(creation, "additions");
    const json_t *removals = json_object_get(creation, "removals");
    const json_t *change = additions != NULL ? additions : removals;

    if ((additions == NULL) == (removals == NULL)) {
        return sim_check_violation(
            violations, "accessCreation", "needs either additions or removals");
    }
    if (!json_is_true(json_object_get(change, "isPublic"))) {
        return sim_check_violation(violations,
            additions != NULL ? "accessCreation.additions.isPublic"
                              : "accessCreation.removals.isPublic",
            "must be true");
    }
    *is_public = additions != NULL;
    return 0;
}

void sim_images_update(const struct sim_call *call)
{
    struct sim_resource *image = sim_call_own(call, SIM_IMAGE, call->id, "compute.image.update");
    json_t *violations = json_array();
    json_t *document;
    bool is_public = false;

    if (image == NULL) {
        json_decref(violations);
        return;
    }
    if (read_access(json_object_get(call->body, "accessCreation"), violations, &is_public) != 0) {
        sim_problem_violations(call->response, call->path, violations);
        return;
    }
    json_decref(violations);
    document = sim_resource_document(image, call->now_ms);
    json_object_set_new(document, "access", json_pack("{s:b}", "isPublic", is_public));
    sim_store_put(sim_cloud_store(call->cloud), image, document, call->now_ms);
    json_decref(document);
    sim_call_show(call, 200, image);
}

void sim_images_delete(const struct sim_call *call)
{
    struct sim_resource *image = sim_call_own(call, SIM_IMAGE, call->id, "compute.image.delete");

    if (image != NULL) {
        sim_store_remove(sim_cloud_store(call->cloud), image, call->now_ms);
        sim_response_nothing(call->response);
    }
}
