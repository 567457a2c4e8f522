// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"

// Whether the snapshots of the image were made with it: of a copy and of a VM's image they were,
// while one that was registered uses what is declared. Where that is not sure, they were not.
static bool made_snapshots(struct managed *managed, const char *image_id)
{
    const struct record *record = managed->record;
    if (text_list_has(&record->spared, image_id))
        return false;
    if (record->image_id == NULL || strcmp(record->image_id, image_id) != 0)
        return true; // a previous one, which would be spared otherwise
    const struct declaration *declaration = managed_made_from(managed);
    return declaration != NULL && declaration->source != SOURCE_SNAPSHOTS;
}

void engine_spare_for_good(struct managed *managed, const char *image_id)
{
    if (!text_list_has(&managed->record->spared, image_id))
        text_list_add(&managed->record->spared, image_id);
    managed->dirty = true;
}

void engine_remember_origin(struct managed *managed)
{
    if (!made_snapshots(managed, managed->record->image_id))
        engine_spare_for_good(managed, managed->record->image_id);
}

void engine_forget_origin(struct managed *managed, const char *image_id)
{
    text_list_remove(&managed->record->spared, image_id);
    managed->dirty = true;
}

void engine_doom_snapshots(struct engine *engine, struct managed *managed, const char *image_id,
    const struct policy *policy)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    if (seen == NULL || !policy->delete_snapshots || !made_snapshots(managed, image_id))
        return;
    engine_spare_snapshots(engine, managed, image_id); // that none is there twice
    struct block_device_list devices = image_open(seen->image).block_devices;
    for (size_t i = 0; i < devices.count; i++)
        if (devices.items[i].bsu.snapshot.id != NULL)
            text_list_add(&managed->record->snapshots, devices.items[i].bsu.snapshot.id);
    managed->dirty = true;
}

void engine_spare_snapshots(struct engine *engine, struct managed *managed, const char *image_id)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    if (seen == NULL)
        return;
    struct block_device_list devices = image_open(seen->image).block_devices;
    for (size_t i = 0; i < devices.count; i++)
        if (devices.items[i].bsu.snapshot.id != NULL)
            text_list_remove(&managed->record->snapshots, devices.items[i].bsu.snapshot.id);
    managed->dirty = true;
}

void engine_snapshot_deleted(struct managed *managed)
{
    text_list_remove(&managed->record->snapshots, managed->record->snapshots.items[0]);
    managed->dirty = true;
}
