// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/harmony.h"
#include "simulation/images.h"
#include "simulation/ledger.h"
#include "simulation/network.h"
#include "simulation/operators.h"
#include "simulation/stock.h"

static char *say(const char **kind, const char *format, ...) PRINTF_LIKE(2, 3);

static char *say(const char **kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = memory_format_list(format, arguments);
    va_end(arguments);
    *kind = format;
    return text;
}

static char *wrong_tags(struct world *world, const struct declaration *declaration,
    const json_t *image, const char **kind)
{
    struct tag_list declared = declaration_open(declaration).image.tags;
    const struct tag_list *tags = &declared;
    for (size_t i = 0; i < tags->count; i++) {
        const char *value = image_tag(image, tags->items[i].key);
        if (value == NULL || strcmp(value, tags->items[i].value) != 0)
            return say(kind, "%s: the tag %s is %s, not %s", declaration->name, tags->items[i].key,
                value == NULL ? "absent" : value, tags->items[i].value);
    }
    const char *owner = image_tag(image, "imaged.owner");
    if (owner == NULL || strcmp(owner, world->host->daemon->options.installation) != 0)
        return say(kind, "%s: the owner's tag is wrong", declaration->name);
    return NULL;
}

static char *wrong_image(struct world *world, const struct declaration *declaration,
    const json_t *image, const char **kind)
{
    bool is_public = json_is_true(json_object_get(json_object_get(image, "access"), "isPublic"));
    struct declared declared = declaration_open(declaration);
    bool wanted = declared.image.access.is_public == BOOLEAN_TRUE;
    const char *description = declared.image.description;
    if (strcmp(image_text(image, "state"), "available") != 0)
        return say(kind, "%s is %s", declaration->name, image_text(image, "state"));
    if (is_public != wanted)
        return say(kind, "%s is %spublic", declaration->name, is_public ? "" : "not ");
    if (description != NULL && strcmp(image_text(image, "description"), description) != 0)
        return say(kind, "%s has the description \"%s\", not \"%s\"", declaration->name,
            image_text(image, "description"), description);
    return wrong_tags(world, declaration, image, kind);
}

// An image that the daemon stopped looking after, or that bears another owner's tag by now, is no
// business of its any more, unless it took it again; nor are those whose digest nobody declares,
// once the record that knew them was lost.
static bool is_left_behind(struct world *world, const struct slot *slot, const json_t *image)
{
    const char *id = image_text(image, "id");
    const char *owner = image_tag(image, "imaged.owner");
    struct image_status status;
    bool held = daemon_is_up(world) &&
                engine_status(world->host->daemon->engine, slot->name, &status) &&
                status.record->image_id != NULL && strcmp(status.record->image_id, id) == 0;
    bool foreign = owner != NULL && strcmp(owner, world->host->daemon->options.installation) != 0;
    bool forgotten = slot->digest && world->host->ledger->record_was_replaced &&
                     !stock_is_recorded(world, id);
    return !held && (foreign || forgotten || ledger_is_released(world, id));
}

static char *wrong_slot(
    struct world *world, const struct slot *slot, const json_t *images, const char **kind)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        if (!operators_slot_bears(slot, image_text(image, "name")) ||
            image_maker(image) != world->host->index || is_left_behind(world, slot, image))
            continue;
        if (found != NULL)
            return say(kind, "there are two images of the name %s", slot->name);
        found = image;
    }
    if (slot->wanted == NULL)
        return found == NULL ? NULL : say(kind, "%s is still there", slot->name);
    if (found == NULL)
        return say(kind, "%s is not there", slot->name);
    struct declaration_file *file = declaration_file_read(
        slot->path, slot->wanted, strlen(slot->wanted));
    char *wrong = file->count != 1 || file->documents[0].declaration == NULL
                      ? say(kind, "%s cannot be read", slot->path)
                      : wrong_image(world, file->documents[0].declaration, found, kind);
    declaration_file_free(file);
    return wrong;
}

struct unsettled {
    char *text;
    const char **kind;
};

static void find_unsettled(const struct image_status *status, void *data)
{
    struct unsettled *unsettled = data;
    const struct record *record = status->record;
    if (unsettled->text != NULL || record->reason == REASON_IN_SYNC)
        return;
    unsettled->text = memory_format("the daemon calls %s %s (%s): %s", record->name,
        state_name(record->state), reason_name(record->reason), record->message);
    *unsettled->kind = reason_name(record->reason);
}

static char *missing_of_host(struct world *world, const json_t *images, const char **kind)
{
    struct operators *operators = world->host->operators;
    char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < operators->count; i++)
        if (!operators->slots[i].absent && !operators->slots[i].contested)
            wrong = wrong_slot(world, &operators->slots[i], images, kind);
    if (wrong != NULL)
        return wrong;
    if (!daemon_is_up(world))
        return say(kind, "the daemon is down");
    struct unsettled unsettled = {.kind = kind};
    engine_each(world->host->daemon->engine, find_unsettled, &unsettled);
    return unsettled.text;
}

char *harmony_missing(struct world *world, const char **kind)
{
    const json_t *images = images_all(world);
    struct host *host = world->host;
    char *wrong = NULL;
    for (size_t i = 0; wrong == NULL && i < world->host_count; i++) {
        world->host = &world->hosts[i];
        wrong = missing_of_host(world, images, kind);
    }
    world->host = host;
    return wrong;
}
