// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "numspot/wire.h"
#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"
#include "simulation/files.h"
#include "simulation/images.h"
#include "simulation/ledger.h"
#include "simulation/network.h"

// A deletion counts from when its intent is stored, which takes a while on a bad disk; and the API
// tells its time in seconds.
#define CLOCK_MARGIN_MS (4 * MINUTE)
#define CLOCK_GRAIN_MS  (2 * SECOND)

struct ledger *ledger_new(void)
{
    struct ledger *ledger = memory_new(1, sizeof(*ledger));
    ledger->observing_since_ms = -1;
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        free(ledger->wishes[i].name);
    for (size_t i = 0; i < ledger->deletion_count; i++)
        free(ledger->deletions[i].id);
    free(ledger->wishes);
    free(ledger->deletions);
    text_list_deinit(&ledger->strangers);
    text_list_deinit(&ledger->adopted);
    text_list_deinit(&ledger->released);
    free(ledger);
}

struct wish *ledger_wish(struct ledger *ledger, const char *name)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (strcmp(ledger->wishes[i].name, name) == 0)
            return &ledger->wishes[i];
    ledger->wishes = memory_grow(
        ledger->wishes, ledger->count, &ledger->capacity, sizeof(*ledger->wishes));
    struct wish *wish = &ledger->wishes[ledger->count++];
    *wish = (struct wish){.name = memory_text(name)};
    return wish;
}

static bool contains(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

// ---- The directory

// Of a file that is empty, a daemon that was started anew knows only what the record says.
static bool is_remembered(const struct world *world, const char *name, const char *path)
{
    const struct record *record = durable_find(world, name);
    return record != NULL && record->file != NULL && strcmp(record->file, path) == 0;
}

// Names that a version does not show may still be meant, unless it can be read to its end.
static void note_names(struct world *world, struct file *file, const struct declaration_file *read)
{
    bool forgotten = world->host->ledger->restarted && !read->broken && read->count == 0;
    bool hides = read->broken || read->count == 0;
    struct text_list names = {0};
    for (size_t i = 0; i < read->count; i++) {
        hides = hides || read->documents[i].name == NULL;
        if (read->documents[i].name != NULL)
            text_list_add(&names, read->documents[i].name);
    }
    for (size_t i = 0; hides && i < file->names.count; i++)
        if (!contains(&names, file->names.items[i]) &&
            (!forgotten || is_remembered(world, file->names.items[i], file->path)))
            text_list_add(&names, file->names.items[i]);
    text_list_deinit(&file->names);
    file->names = names;
}

static struct file *file_of(struct files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0)
            return &files->items[i];
    return NULL;
}

// What is withdrawn is so from now on, or since the daemon's start, if this is the first that it
// is told.
static void judge_wishes(struct world *world, bool restarted)
{
    struct ledger *ledger = world->host->ledger;
    struct files *files = world->host->files;
    for (size_t i = 0; i < ledger->count; i++) {
        struct wish *wish = &ledger->wishes[i];
        bool wished = false;
        for (size_t j = 0; j < files->count; j++)
            wished = wished || contains(&files->items[j].names, wish->name);
        if (!wished && wish->wished)
            wish->unwished_since_ms = restarted ? ledger->started_ms : world->now_ms;
        wish->wished = wished;
        struct image_status status;
        bool settled = daemon_is_up(world) &&
                       engine_status(world->host->daemon->engine, wish->name, &status) &&
                       status.record->reason == REASON_IN_SYNC;
        wish->approved = wish->approved && !settled; // for what was wanted when it was given
    }
}

// Whether the record has an image whose file was there when it was written last.
static bool record_wishes(const struct world *world)
{
    const struct record_list *records = &world->host->durable->records;
    for (size_t i = 0; i < records->count; i++)
        if (!records->items[i]->removed)
            return true;
    return false;
}

void ledger_directory(struct world *world, const struct directory_event *event)
{
    struct ledger *ledger = world->host->ledger;
    struct files *files = world->host->files;
    for (size_t i = 0; i < event->changed_count; i++) {
        struct file *file = file_of(files, event->changed[i]->path);
        note_names(world, file, event->changed[i]);
        for (size_t j = 0; j < file->names.count; j++)
            (void)ledger_wish(ledger, file->names.items[j]);
    }
    if (event->present > 0)
        ledger->emptied = false;
    else if (event->gone.count >= 2 || (ledger->restarted && record_wishes(world)))
        ledger->emptied = true; // all at once, or while the daemon was away: never a wish
    bool restarted = ledger->restarted;
    ledger->restarted = false;
    if (ledger->emptied)
        return;
    for (size_t i = 0; i < files->count; i++)
        if (files->items[i].told == 0)
            text_list_deinit(&files->items[i].names);
    judge_wishes(world, restarted);
}

void ledger_command(struct world *world, enum command_kind kind, const char *name)
{
    struct ledger *ledger = world->host->ledger;
    if (kind != COMMAND_APPROVE)
        return;
    for (size_t i = 0; i < ledger->count; i++)
        if (name == NULL || strcmp(ledger->wishes[i].name, name) == 0)
            ledger->wishes[i].approved = true;
    if (name != NULL || !ledger->emptied || world->host->files->told_missing)
        return; // what is approved is an emptied directory, not one that is away
    for (size_t i = 0; i < world->host->files->count; i++)
        if (world->host->files->items[i].told == 0)
            text_list_deinit(&world->host->files->items[i].names);
    judge_wishes(world, false);
}

void ledger_stranger(struct world *world, const char *id)
{
    if (!contains(&world->host->ledger->strangers, id))
        text_list_add(&world->host->ledger->strangers, id);
}

void ledger_forget_stranger(struct ledger *ledger, const char *id)
{
    struct text_list *strangers = &ledger->strangers;
    for (size_t i = 0; i < strangers->count; i++) {
        if (strcmp(strangers->items[i], id) != 0)
            continue;
        free(strangers->items[i]);
        strangers->items[i] = strangers->items[--strangers->count];
        return;
    }
}

void ledger_adopted(struct world *world, const char *id)
{
    ledger_forget_stranger(world->host->ledger, id);
    if (!contains(&world->host->ledger->adopted, id))
        text_list_add(&world->host->ledger->adopted, id);
}

void ledger_released(struct world *world, const char *id)
{
    text_list_add(&world->host->ledger->released, id);
}

bool ledger_is_released(const struct world *world, const char *id)
{
    return contains(&world->host->ledger->released, id);
}

void ledger_crashed(struct world *world)
{
    world->host->ledger->restarted = true;
}

void ledger_record_replaced(struct world *world)
{
    world->host->ledger->record_replaced = true;
    world->host->ledger->record_was_replaced = true;
}

void ledger_observe(struct world *world, bool observe)
{
    world->host->ledger->observing_since_ms = observe ? world->now_ms : -1;
}

void ledger_text(struct world *world, const char *text)
{
    const char *bearer = world->network->bearer;
    if (text != NULL && (strstr(text, NETWORK_CLIENT_SECRET) != NULL ||
                            (bearer != NULL && strstr(text, bearer) != NULL)))
        world_fail(world, "a secret in what people read: %s", text);
}

// ---- Requests

static enum intent intent_of(enum operation operation)
{
    static const enum intent intents[OPERATION_COUNT] = {
        [OPERATION_CREATE_IMAGE] = INTENT_CREATE,
        [OPERATION_SET_TAGS] = INTENT_SET_TAGS,
        [OPERATION_REMOVE_TAGS] = INTENT_REMOVE_TAGS,
        [OPERATION_SET_ACCESS] = INTENT_SET_ACCESS,
        [OPERATION_DELETE_IMAGE] = INTENT_DELETE,
        [OPERATION_DELETE_SNAPSHOT] = INTENT_DELETE_SNAPSHOT,
    };
    return intents[operation];
}

static void check_durable(struct world *world, const struct request *request)
{
    const struct record *record = request->name == NULL ? NULL : durable_find(world, request->name);
    if (record == NULL || record->intent != intent_of(request->operation))
        world_fail(world, "%s for %s without a durable intent", operation_name(request->operation),
            request->name == NULL ? "nobody" : request->name);
}

// Whether the host made the image, or was allowed to take it.
bool ledger_owns(const struct world *world, const json_t *image)
{
    const struct ledger *ledger = world->host->ledger;
    const char *id = image_text(image, "id");
    return !image_is_official(id) && !contains(&ledger->strangers, id) &&
           (image_maker(image) == world->host->index || contains(&ledger->adopted, id));
}

// The same of an id: one that is not there any more can do no harm.
static bool is_owned(struct world *world, const char *id)
{
    const json_t *images = images_all(world);
    for (size_t i = 0; i < json_array_size(images); i++)
        if (strcmp(image_text(json_array_get(images, i), "id"), id) == 0)
            return ledger_owns(world, json_array_get(images, i));
    return !image_is_official(id);
}

// Counts the image's deletion, once, and tells how many there were within the window.
static size_t count_deletions(struct world *world, const char *id)
{
    struct ledger *ledger = world->host->ledger;
    int64_t window_ms = world->host->daemon->options.deletion_window_ms - CLOCK_MARGIN_MS;
    size_t within = 0;
    bool known = false;
    for (size_t i = 0; i < ledger->deletion_count; i++) {
        const struct deletion *deletion = &ledger->deletions[i];
        known = known || strcmp(deletion->id, id) == 0;
        within += deletion->at_ms > world->now_ms - window_ms ? 1 : 0;
    }
    if (known)
        return 0;
    ledger->deletions = memory_grow(ledger->deletions, ledger->deletion_count,
        &ledger->deletion_capacity, sizeof(*ledger->deletions));
    ledger->deletions[ledger->deletion_count++] = (struct deletion){memory_text(id), world->now_ms};
    return within + 1;
}

static void check_brake(struct world *world, struct wish *wish, const char *id)
{
    size_t total = engine_summary(world->host->daemon->engine).total;
    size_t limit = world->host->daemon->options.deletion_maximum;
    if (total / 10 > limit)
        limit = total / 10;
    size_t count = wish->approved ? 0 : count_deletions(world, id);
    if (count == 0)
        return; // approved, or tried before
    world_trace(world, "%s: deletion %zu of %zu", wish->name, count, limit);
    if (count > limit)
        world_fail(world, "%s: %s would be deletion %zu within the hour, of %zu that pass",
            wish->name, id, count, limit);
}

static void check_removal(struct world *world, const struct wish *wish)
{
    int64_t since_ms = world->now_ms - wish->unwished_since_ms;
    if (since_ms < DAEMON_GRACE_MS)
        world_fail(
            world, "%s is deleted %lld ms after its file went", wish->name, (long long)since_ms);
}

// Replaced because a newer source came, though the declaration stayed.
static bool follows(const struct declaration *declaration)
{
    return declaration != NULL &&
           declaration_open(declaration).image.source_image.follow == BOOLEAN_TRUE;
}

// One that was replaced goes only when its successor is there.
static void check_successor(
    struct world *world, const struct wish *wish, const struct image_status *status)
{
    if (status->live == NULL || strcmp(image_open(status->live).cloud_state, "available") != 0)
        world_fail(world, "%s: a former image would be deleted before the new one is available",
            wish->name);
}

// As far as the daemon was told.
static bool is_foreign(const struct world *world, const struct image *live, const char *id)
{
    const char *owner = strcmp(live->id, id) == 0 ? tag_list_find(&live->tags, "imaged.owner")
                                                  : NULL;
    return owner != NULL && strcmp(owner, world->host->daemon->options.installation) != 0;
}

static void check_deletion(struct world *world, const struct request *request)
{
    const char *id = request->targets.items[0];
    struct wish *wish = ledger_wish(world->host->ledger, request->name);
    struct image_status status = {0};
    (void)engine_status(world->host->daemon->engine, request->name, &status);
    const struct declaration *declaration = status.declaration;
    struct image live = {0};
    if (status.live != NULL)
        live = image_open(status.live);
    bool failed = image_is_failed(&live);
    if (!is_owned(world, id))
        world_fail(world, "%s: %s is not ours to delete", wish->name, id);
    if (declaration != NULL && declaration_open(declaration).lifecycle.protect == BOOLEAN_TRUE)
        world_fail(world, "%s: %s is protected", wish->name, id);
    if (status.live != NULL && is_foreign(world, &live, id))
        world_fail(world, "%s: %s bears the tag of another owner", wish->name, id);
    bool replaced = status.record->image_id == NULL || strcmp(status.record->image_id, id) != 0;
    if (!wish->wished)
        check_removal(world, wish);
    else if (replaced)
        check_successor(world, wish, &status);
    else if (!failed && !follows(declaration) &&
             (declaration == NULL || status.record->made_from == NULL ||
                 strcmp(status.record->made_from, declaration->canonical) == 0))
        world_fail(world, "%s: %s is as declared, and would be deleted", wish->name, id);
    if (!failed)
        check_brake(world, wish, id);
}

// What was wanted before observe mode began may still go.
static void check_observing(struct world *world, const struct request *request)
{
    const struct ledger *ledger = world->host->ledger;
    const struct record *record = durable_find(world, request->name);
    if (ledger->observing_since_ms < 0 || record == NULL ||
        world->host->daemon->wall_offset_ms != 0)
        return;
    int64_t since_wall_ms = WORLD_START_WALL_MS + ledger->observing_since_ms + CLOCK_GRAIN_MS;
    if (record->intent_wall_ms > since_wall_ms)
        world_fail(
            world, "%s for %s in observe mode", operation_name(request->operation), request->name);
}

void ledger_wanted(struct world *world, const struct request *request)
{
    if (!operation_is_write(request->operation))
        return;
    check_durable(world, request);
    check_observing(world, request);
    if (request->operation == OPERATION_DELETE_IMAGE)
        check_deletion(world, request);
    if (request->operation == OPERATION_DELETE_SNAPSHOT &&
        strncmp(request->targets.items[0], "snap-0000000", strlen("snap-0000000")) == 0)
        world_fail(world, "%s is not ours to delete", request->targets.items[0]);
}

void ledger_arriving(struct world *world, const struct transfer *transfer)
{
    if (transfer->bearer == NULL)
        return;
    memory_replace_text(&world->network->bearer, transfer->bearer);
    if (strstr(transfer->target, transfer->bearer) != NULL)
        world_fail(world, "a token in a request's address");
    if (transfer->body != NULL && (strstr(transfer->body, NETWORK_CLIENT_SECRET) != NULL ||
                                      strstr(transfer->body, transfer->bearer) != NULL))
        world_fail(world, "a secret in a request's body");
}

// ---- The cloud

// Whether it counts as made by the host and looked after.
static bool counts(const struct world *world, const json_t *image)
{
    return ledger_owns(world, image) &&
           !contains(&world->host->ledger->released, image_text(image, "id"));
}

static void check_names(struct world *world, const json_t *images)
{
    size_t count = json_array_size(images);
    for (size_t i = 0; i < count; i++) {
        const json_t *image = json_array_get(images, i);
        if (!counts(world, image))
            continue;
        for (size_t j = i + 1; j < count; j++) {
            const json_t *other = json_array_get(images, j);
            if (strcmp(image_text(other, "name"), image_text(image, "name")) == 0 &&
                counts(world, other))
                world_fail(world, "two images of the name %s", image_text(image, "name"));
        }
    }
}

void ledger_check_cloud(struct world *world)
{
    const json_t *images = images_all(world);
    struct host *host = world->host;
    for (size_t i = 0; i < world->host_count; i++) {
        world->host = &world->hosts[i];
        check_names(world, images);
    }
    world->host = host;
}
