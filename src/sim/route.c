// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The API's operations, one row each.

#include "config.h"

#include "sim/route.h"
#include "sim/images.h"
#include "sim/listing.h"
#include "sim/schema.h"
#include "sim/snapshots.h"
#include "sim/tags.h"

#include <stdio.h>
#include <string.h>

static void list_vms(const struct sim_call *call);

static const struct sim_route routes[] = {
    {"GET", "/images", NULL, true, sim_images_list, "compute.image.get"},
    {"POST", "/images", sim_schema_create_image, false, sim_images_create, "compute.image.create"},
    {"GET", "/images/{id}", NULL, false, sim_images_read, "compute.image.get"},
    {"PUT", "/images/{id}", sim_schema_update_image, false, sim_images_update,
        "compute.image.update"},
    {"DELETE", "/images/{id}", NULL, false, sim_images_delete, "compute.image.delete"},
    {"PATCH", "/bulk/tags", sim_schema_tags, false, sim_tags_set, "compute.tag.create"},
    {"DELETE", "/bulk/tags", sim_schema_tags, false, sim_tags_remove, "compute.tag.delete"},
    {"GET", "/tags", NULL, true, sim_tags_list, "compute.tag.get"},
    {"GET", "/snapshots", NULL, true, sim_snapshots_list, "compute.snapshot.get"},
    {"POST", "/snapshots", sim_schema_create_snapshot, false, sim_snapshots_create,
        "compute.snapshot.create"},
    {"GET", "/snapshots/{id}", NULL, false, sim_snapshots_read, "compute.snapshot.get"},
    {"DELETE", "/snapshots/{id}", NULL, false, sim_snapshots_delete, "compute.snapshot.delete"},
    {"GET", "/vms", NULL, true, list_vms, "compute.vm.get"},
};

static void list_vms(const struct sim_call *call)
{
    sim_listing_answer(call, SIM_VM);
}

// Whether `path` is that of the route; if its pattern ends in "{id}", points *id at it.
static bool is_path(const struct sim_route *route, const char *path, const char **id)
{
    const char *brace = strchr(route->path, '{');
    size_t fixed = brace != NULL ? (size_t)(brace - route->path) : strlen(route->path);

    if (strncmp(route->path, path, fixed) != 0) {
        return false;
    }
    if (brace == NULL) {
        return path[fixed] == '\0';
    }
    *id = path + fixed;
    return path[fixed] != '\0' && strchr(path + fixed, '/') == NULL;
}

const struct sim_route *sim_route_find(
    const char *method, const char *path, const char **id, char allowed[static 64])
{
    size_t used = 0;

    allowed[0] = '\0';
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        *id = NULL;
        if (!is_path(&routes[i], path, id)) {
            continue;
        }
        if (strcmp(routes[i].method, method) == 0) {
            return &routes[i];
        }
        used += (size_t)snprintf(
            allowed + used, 64 - used, "%s%s", used > 0 ? ", " : "", routes[i].method);
    }
    return NULL;
}
