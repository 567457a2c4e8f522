// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/images.h"
#include "simulation/ledger.h"
#include "simulation/operators.h"
#include "simulation/stock.h"

bool stock_is_recorded(const struct world *world, const char *id)
{
    const struct record_list *records = &world->host->durable->records;
    for (size_t i = 0; i < records->count; i++) {
        const struct record *record = records->items[i];
        if ((record->image_id != NULL && strcmp(record->image_id, id) == 0) ||
            text_list_has(&record->previous, id))
            return true;
    }
    return false;
}

// Whether the daemon can find the image again by its tags.
static bool is_claimed(const struct world *world, const json_t *image)
{
    const char *owner = world->host->daemon->options.installation;
    const char *tagged_owner = image_tag(image, "imaged.owner");
    const char *tagged_name = image_tag(image, "imaged.name");
    if (tagged_owner == NULL || tagged_name == NULL || strcmp(tagged_owner, owner) != 0)
        return false;
    return ledger_wish(world->host->ledger, tagged_name)->wished &&
           strcmp(tagged_name, image_text(image, "name")) == 0;
}

// What the record does not name, and no tag shows to be ours, is nobody's from now on.
static void take_stock(struct world *world)
{
    struct ledger *ledger = world->host->ledger;
    const json_t *images = images_all(world);
    for (size_t i = 0; i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        const char *id = image_text(image, "id");
        bool known = stock_is_recorded(world, id) || is_claimed(world, image);
        if (known && image_maker(image) == world->host->index)
            ledger_forget_stranger(ledger, id);
        if (known || !ledger_owns(world, image))
            continue;
        world_trace(world, "%s, called %s, is nobody's any more", id, image_text(image, "name"));
        coverage_count_sight(world->plan.coverage, SIGHT_ORPHANED);
        ledger_stranger(world, id);
    }
}

// Only what the record says was approved, or deleted, is so for the daemon.
static void forget_the_rest(struct world *world)
{
    struct ledger *ledger = world->host->ledger;
    for (size_t i = 0; i < ledger->deletion_count; i++)
        free(ledger->deletions[i].id);
    ledger->deletion_count = 0;
    const struct record_list *records = &world->host->durable->records;
    for (size_t i = 0; i < records->count; i++)
        if (records->items[i]->approved)
            ledger_wish(ledger, records->items[i]->name)->approved = true;
}

// Whether it may be what this creation made, the answer to which is under way.
static bool is_being_made(struct world *world, const struct record *record, const char *id)
{
    const json_t *images = images_all(world);
    for (size_t i = 0; record->intent == INTENT_CREATE && i < json_array_size(images); i++) {
        const json_t *image = json_array_get(images, i);
        if (strcmp(image_text(image, "id"), id) == 0)
            return record->cloud_name != NULL &&
                   strcmp(image_text(image, "name"), record->cloud_name) == 0;
    }
    return false;
}

// Whether the running daemon knows it, be that durable or not.
static bool is_held(struct world *world, const char *id)
{
    struct image_status status;
    for (size_t i = 0; i < world->host->operators->count && daemon_is_up(world); i++)
        if (engine_status(
                world->host->daemon->engine, world->host->operators->slots[i].name, &status) &&
            ((status.record->image_id != NULL && strcmp(status.record->image_id, id) == 0) ||
                text_list_has(&status.record->previous, id) ||
                is_being_made(world, status.record, id)))
            return true;
    return stock_is_recorded(world, id);
}

void stock_untagged(struct world *world, const char *id)
{
    if (world->host->ledger->record_was_replaced && !is_held(world, id))
        ledger_stranger(world, id);
}

// What was taken back by its tags after such a loss may be lost once more, with the commit of that.
void stock_starting(struct world *world)
{
    struct ledger *ledger = world->host->ledger;
    if (ledger->record_was_replaced)
        take_stock(world);
    if (ledger->record_replaced)
        forget_the_rest(world);
    ledger->record_replaced = false;
    ledger->started_ms = world->now_ms;
}
