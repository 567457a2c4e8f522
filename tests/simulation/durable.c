// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"

struct durable *durable_new(void)
{
    return memory_new(1, sizeof(struct durable));
}

void durable_free(struct durable *durable)
{
    for (size_t i = 0; i < durable->count; i++)
        effects_deinit(&durable->commits[i]);
    free(durable->commits);
    free(durable->deletions);
    record_list_deinit(&durable->records);
    free(durable);
}

static size_t position(const struct durable *durable, const char *name)
{
    size_t i = 0;
    while (i < durable->records.count && strcmp(durable->records.items[i]->name, name) != 0)
        i++;
    return i;
}

const struct record *durable_find(const struct world *world, const char *name)
{
    const struct durable *durable = world->durable;
    size_t i = position(durable, name);
    return i < durable->records.count ? durable->records.items[i] : NULL;
}

static void drop(struct durable *durable, const char *name)
{
    size_t i = position(durable, name);
    if (i == durable->records.count)
        return;
    record_free(durable->records.items[i]);
    durable->records.items[i] = durable->records.items[--durable->records.count];
}

static void apply(struct durable *durable, struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SAVE:
        drop(durable, effect->record->name);
        record_list_add(&durable->records, effect->record);
        effect->record = NULL;
        break;
    case EFFECT_FORGET:
        drop(durable, effect->name);
        break;
    case EFFECT_SETTING:
        memory_replace_text(&durable->deletions, effect->setting.value);
        break;
    default:
        break;
    }
}

// Makes the first commit durable.
static uint64_t apply_first(struct durable *durable)
{
    struct effects commit = durable->commits[0];
    memmove(&durable->commits[0], &durable->commits[1], --durable->count * sizeof(commit));
    for (size_t i = 0; i < commit.count; i++)
        apply(durable, &commit.items[i]);
    uint64_t serial = commit.serial;
    effects_deinit(&commit);
    return serial;
}

static void start_commit(struct world *world);

static void commit_done(struct world *world, void *data)
{
    struct durable *durable = world->durable;
    (void)data;
    durable->busy = false;
    if (durable->count == 0)
        return; // it was for a daemon that is dead
    if (!world->calm && durable->full) {
        daemon_commit_failed(world);
        start_commit(world);
        return;
    }
    if (!world->calm && world_below(world, 1000) < durable->crash_before) {
        daemon_crash(world, "before a commit");
        return;
    }
    uint64_t serial = apply_first(durable);
    if (!world->calm && world_below(world, 1000) < durable->crash_after) {
        daemon_crash(world, "after a commit");
        return;
    }
    start_commit(world);
    daemon_committed(world, serial);
}

static void start_commit(struct world *world)
{
    struct durable *durable = world->durable;
    if (durable->busy || durable->count == 0)
        return;
    durable->busy = true;
    int64_t wait_ms = durable->full ? 5 * SECOND : world_between(world, 1, 40);
    world_at(world, wait_ms, commit_done, NULL, NULL);
}

void durable_submit(struct world *world, struct effects *effects)
{
    struct durable *durable = world->durable;
    struct effects commit = {.serial = effects->serial};
    for (size_t i = 0; i < effects->count; i++) {
        struct effect *effect = &effects->items[i];
        if (effect->kind > EFFECT_SETTING)
            continue;
        *effects_add(&commit, effect->kind) = *effect;
        *effect = (struct effect){.kind = EFFECT_FORGET};
    }
    if ((commit.count > 0) != (effects->serial != 0))
        world_fail(world, "a commit without a serial, or the other way round");
    if (commit.count == 0)
        return;
    durable->commits = memory_grow(
        durable->commits, durable->count, &durable->capacity, sizeof(*durable->commits));
    durable->commits[durable->count++] = commit;
    start_commit(world);
}

void durable_crash(struct world *world)
{
    struct durable *durable = world->durable;
    while (durable->count > 0 && !durable->full && world_chance(world, 50))
        (void)apply_first(durable);
    for (size_t i = 0; i < durable->count; i++)
        effects_deinit(&durable->commits[i]);
    durable->count = 0;
}
