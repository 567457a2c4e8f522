// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/harmony.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/operators.h"

static const char *text_of(const json_t *image, const char *key)
{
    const char *text = json_string_value(json_object_get(image, key));
    return text == NULL ? "" : text;
}

static const char *tag_of(const json_t *image, const char *key)
{
    const json_t *tags = json_object_get(image, "tags");
    for (size_t i = 0; i < json_array_size(tags); i++)
        if (strcmp(text_of(json_array_get(tags, i), "key"), key) == 0)
            return text_of(json_array_get(tags, i), "value");
    return NULL;
}

static char *wrong_tags(const struct declaration *declaration, const json_t *image)
{
    const struct tag_list *tags = &declaration->image.tags;
    for (size_t i = 0; i < tags->count; i++) {
        const char *value = tag_of(image, tags->items[i].key);
        if (value == NULL || strcmp(value, tags->items[i].value) != 0)
            return memory_format("%s: the tag %s is %s, not %s", declaration->name,
                tags->items[i].key, value == NULL ? "absent" : value, tags->items[i].value);
    }
    const char *owner = tag_of(image, "imaged.owner");
    if (owner == NULL || strcmp(owner, "simulated") != 0)
        return memory_format("%s: the owner's tag is wrong", declaration->name);
    return NULL;
}

static char *wrong_image(const struct declaration *declaration, const json_t *image)
{
    bool is_public = json_is_true(json_object_get(json_object_get(image, "access"), "isPublic"));
    bool wanted = declaration->image.access.is_public == BOOLEAN_TRUE;
    const char *description = declaration->image.description;
    if (strcmp(text_of(image, "state"), "available") != 0)
        return memory_format("%s is %s", declaration->name, text_of(image, "state"));
    if (is_public != wanted)
        return memory_format("%s is %spublic", declaration->name, is_public ? "" : "not ");
    if (description != NULL && strcmp(text_of(image, "description"), description) != 0)
        return memory_format("%s has the description \"%s\", not \"%s\"", declaration->name,
            text_of(image, "description"), description);
    return wrong_tags(declaration, image);
}

// An image that the daemon stopped looking after is nobody's any more, unless it took it again.
static bool is_left_behind(struct world *world, const struct slot *slot, const char *id)
{
    struct image_status status;
    bool held = daemon_is_up(world) && engine_status(world->daemon->engine, slot->name, &status) &&
                status.record->image_id != NULL && strcmp(status.record->image_id, id) == 0;
    return !held && ledger_is_released(world, id);
}

static char *wrong_slot(struct world *world, const struct slot *slot, const json_t *images)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        if (!operators_slot_bears(slot, text_of(image, "name")) ||
            is_left_behind(world, slot, text_of(image, "id")))
            continue;
        if (found != NULL)
            return memory_format("there are two images of the name %s", slot->name);
        found = image;
    }
    if (slot->wanted == NULL)
        return found == NULL ? NULL : memory_format("%s is still there", slot->name);
    if (found == NULL)
        return memory_format("%s is not there", slot->name);
    struct declaration_file *file = declaration_file_read(
        slot->path, slot->wanted, strlen(slot->wanted));
    char *wrong = file->count != 1 || file->documents[0].declaration == NULL
                      ? memory_format("%s cannot be read", slot->path)
                      : wrong_image(file->documents[0].declaration, found);
    declaration_file_free(file);
    return wrong;
}

static void count_unsettled(const struct image_status *status, void *data)
{
    char **wrong = data;
    const struct record *record = status->record;
    if (*wrong == NULL && record->reason != REASON_IN_SYNC)
        *wrong = memory_format("the daemon calls %s %s (%s): %s", record->name,
            state_name(record->state), reason_name(record->reason), record->message);
}

char *harmony_missing(struct world *world)
{
    char *text = network_admin(world, "GET", "/_sim/cloud", NULL);
    json_t *cloud = json_loads(text, 0, NULL);
    const json_t *images = json_object_get(cloud, "images");
    char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < world->operators->count; i++)
        wrong = wrong_slot(world, &world->operators->slots[i], images);
    json_decref(cloud);
    free(text);
    if (wrong != NULL)
        return wrong;
    if (!daemon_is_up(world))
        return memory_text("the daemon is down");
    engine_each(world->daemon->engine, count_unsettled, &wrong);
    return wrong;
}
