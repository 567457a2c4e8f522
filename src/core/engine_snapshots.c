// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"

// Whether the snapshots of the image were made with it: of a copy and of a VM's image they were,
// while one that was registered uses what is declared.
static bool made_snapshots(struct managed *managed)
{
    const struct declaration *declaration = managed_made_from(managed);
    if (declaration == NULL)
        declaration = managed->declaration;
    return declaration != NULL && declaration->source != SOURCE_SNAPSHOTS;
}

void engine_doom_snapshots(struct engine *engine, struct managed *managed, const char *image_id,
    const struct policy *policy)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    if (seen == NULL || !policy->delete_snapshots || !made_snapshots(managed))
        return;
    const struct block_device_list *devices = &seen->image->block_devices;
    for (size_t i = 0; i < devices->count; i++)
        if (devices->items[i].bsu.snapshot.id != NULL)
            text_list_add(&managed->record->snapshots, devices->items[i].bsu.snapshot.id);
    managed->dirty = true;
}

void engine_spare_snapshots(struct engine *engine, struct managed *managed, const char *image_id)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    if (seen == NULL)
        return;
    const struct block_device_list *devices = &seen->image->block_devices;
    for (size_t i = 0; i < devices->count; i++)
        if (devices->items[i].bsu.snapshot.id != NULL)
            text_list_remove(&managed->record->snapshots, devices->items[i].bsu.snapshot.id);
    managed->dirty = true;
}

void engine_snapshot_deleted(struct managed *managed)
{
    text_list_remove(&managed->record->snapshots, managed->record->snapshots.items[0]);
    managed->dirty = true;
}
