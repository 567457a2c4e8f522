// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"

// An image that a look did not show is looked for again, one by one, even if the list was taken for
// faulty: an operator says that it may really be gone.
static void doubt(struct engine *engine, struct managed *managed)
{
    engine->emptiness_accepted = engine->api_fault != NULL;
    if (engine->api_fault == NULL || managed->record->image_id == NULL)
        return;
    managed->presence = PRESENCE_MISSING;
    managed->missing_since_ms = engine->now.monotonic_ms;
    managed->not_found = 0;
    managed->unlisted = false;
}

static void retry(struct engine *engine, struct managed *managed)
{
    struct record *record = managed->record;
    engine_unrest(managed);
    record->failed_builds = 0;
    managed->begins_anew = record->reason == REASON_IMAGE_FAILED;
    record->repairs = 0;
    memory_replace_text(&record->repaired, NULL);
    managed->name_conflict = false;
    managed->doubted = engine_order(engine);
    if (record->intent != INTENT_CREATE)
        managed->observe_at_ms = 0;
    managed_forget_sources(managed);
    doubt(engine, managed);
    managed->dirty = true;
}

static void refresh(struct engine *engine, struct managed *managed)
{
    managed->observe_at_ms = 0;
    engine->list_at_ms = engine->now.monotonic_ms;
}

static void suspend(struct engine *engine, struct managed *managed)
{
    (void)engine;
    managed->record->suspended = true;
    managed->overtaken = true;
    managed->dirty = true;
}

static void resume(struct engine *engine, struct managed *managed)
{
    (void)engine;
    managed->record->suspended = false;
    managed->dirty = true;
}

static void approve(struct engine *engine, struct managed *managed)
{
    if (!managed->wants_deletion)
        return;
    engine->brake.wanted--;
    managed->wants_deletion = false;
    managed->record->approved = true;
    managed->dirty = true;
}

static const struct {
    const char *name;
    void (*apply)(struct engine *engine, struct managed *managed);
} commands[] = {
    [COMMAND_RETRY] = {"retry", retry},
    [COMMAND_REFRESH] = {"refresh", refresh},
    [COMMAND_SUSPEND] = {"suspend", suspend},
    [COMMAND_RESUME] = {"resume", resume},
    [COMMAND_APPROVE] = {"approve", approve},
};

static void apply(struct engine *engine, const struct command *command, struct managed *managed)
{
    commands[command->kind].apply(engine, managed);
    engine_queue(engine, managed);
    engine->revision++;
}

// What was asked of all is told once.
static void tell(struct engine *engine, const struct command *command, const struct managed *one)
{
    const char *by = command->by == NULL ? "" : command->by;
    engine_report(engine, REPORT_OPERATOR, one, "%s: an operator%s%s%s asked to %s",
        one == NULL ? "all images" : one->record->name, *by == '\0' ? "" : " (", by,
        *by == '\0' ? "" : ")", commands[command->kind].name);
}

struct applied {
    struct engine *engine;
    const struct command *command;
};

static void apply_to(void *item, void *data)
{
    const struct applied *applied = data;
    apply(applied->engine, applied->command, item);
}

void engine_command(struct engine *engine, const struct command *command)
{
    if (command->name != NULL) {
        struct managed *managed = engine_find(engine, command->name);
        if (managed == NULL)
            return;
        apply(engine, command, managed);
        tell(engine, command, managed);
        return;
    }
    tell(engine, command, NULL);
    if (command->kind == COMMAND_REFRESH) {
        engine->list_asked = true;
        engine->list_at_ms = engine->now.monotonic_ms;
    }
    if (command->kind == COMMAND_APPROVE && engine->directory_emptied)
        engine_accept_emptied_directory(engine);
    struct applied applied = {engine, command};
    name_order_walk(engine->by_name, NULL, SIZE_MAX, apply_to, &applied);
}
