// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "simulation/coverage.h"
#include "simulation/daemon.h"
#include "simulation/durable.h"

#define UNDO_LIMIT 64 // changes that can be taken back

struct durable *durable_new(void)
{
    return memory_new(1, sizeof(struct durable));
}

static void free_undo(struct undo *undo)
{
    free(undo->name);
    free(undo->setting);
    record_free(undo->before);
}

static void forget_undo(struct durable *durable, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free_undo(&durable->undo[i]);
    durable->undo_count -= count;
    if (durable->undo_count > 0)
        memmove(durable->undo, durable->undo + count, durable->undo_count * sizeof(*durable->undo));
}

void durable_free(struct durable *durable)
{
    for (size_t i = 0; i < durable->count; i++)
        effects_deinit(&durable->commits[i]);
    forget_undo(durable, durable->undo_count);
    free(durable->undo);
    free(durable->commits);
    free(durable->deletions);
    free(durable->backup.deletions);
    record_list_deinit(&durable->records);
    record_list_deinit(&durable->backup.records);
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
    const struct durable *durable = world->host->durable;
    size_t i = position(durable, name);
    return i < durable->records.count ? durable->records.items[i] : NULL;
}

static struct undo *remember(struct durable *durable)
{
    if (durable->undo_count >= UNDO_LIMIT)
        forget_undo(durable, UNDO_LIMIT / 2);
    durable->undo = memory_grow(
        durable->undo, durable->undo_count, &durable->undo_capacity, sizeof(*durable->undo));
    struct undo *undo = &durable->undo[durable->undo_count++];
    *undo = (struct undo){.commit = durable->done};
    return undo;
}

// Puts a record, or none, in the place of what bears its name; returns the latter, or NULL.
static struct record *replace(struct durable *durable, const char *name, struct record *record)
{
    struct record_list *records = &durable->records;
    size_t i = position(durable, name);
    struct record *before = i < records->count ? records->items[i] : NULL;
    if (before != NULL && record != NULL)
        records->items[i] = record;
    else if (before != NULL)
        records->items[i] = records->items[--records->count];
    else if (record != NULL)
        record_list_add(records, record);
    return before;
}

static void set_record(struct durable *durable, const char *name, struct record *record)
{
    struct undo *undo = remember(durable);
    undo->name = memory_text(name);
    undo->before = replace(durable, name, record);
}

static void apply(struct durable *durable, struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SAVE:
        set_record(durable, effect->record->name, effect->record);
        effect->record = NULL;
        break;
    case EFFECT_FORGET:
        set_record(durable, effect->name, NULL);
        break;
    case EFFECT_SETTING:
        remember(durable)->setting = durable->deletions;
        durable->deletions = memory_text(effect->setting.value);
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
    durable->done++;
    for (size_t i = 0; i < commit.count; i++)
        apply(durable, &commit.items[i]);
    uint64_t serial = commit.serial;
    effects_deinit(&commit);
    return serial;
}

static void start_commit(struct world *world);

static void forget_commits(struct durable *durable)
{
    for (size_t i = 0; i < durable->count; i++)
        effects_deinit(&durable->commits[i]);
    durable->count = 0;
}

// Whether the daemon dies here, if that is to happen to so many of a thousand commits.
static bool strikes(struct world *world, unsigned thousandths, enum deed deed)
{
    return !world->calm && world_below(world, 1000) < thousandths && world_may(world, deed);
}

static void die_instead(struct world *world, const char *why)
{
    forget_commits(world->host->durable);
    daemon_crash(world, why, daemon_short_time(world));
}

static void commit_done(struct world *world, void *data)
{
    struct durable *durable = world->host->durable;
    (void)data;
    durable->busy = false;
    if (durable->count == 0)
        return; // it was for a daemon that is dead
    world_turn(world, STREAM_COMMIT, durable->done);
    if (!world->calm && durable->full) {
        coverage_count_sight(world->plan.coverage, SIGHT_COMMIT_FAILED);
        daemon_commit_failed(world);
        start_commit(world);
        return;
    }
    if (strikes(world, durable->crash_before, DEED_CRASH_BEFORE)) {
        die_instead(world, "before a commit");
        return;
    }
    if (strikes(world, durable->crash_torn, DEED_CRASH_TORN)) {
        die_instead(world, "in the middle of a commit");
        return;
    }
    uint64_t serial = apply_first(durable);
    if (strikes(world, durable->crash_after, DEED_CRASH_AFTER)) {
        daemon_crash(world, "after a commit", daemon_short_time(world));
        return;
    }
    start_commit(world);
    daemon_committed(world, serial);
}

static void start_commit(struct world *world)
{
    struct durable *durable = world->host->durable;
    if (durable->busy || durable->count == 0)
        return;
    durable->busy = true;
    int64_t wait_ms = durable->full ? 5 * SECOND : world_between(world, 1, 40);
    world_at(world, wait_ms, commit_done, NULL, NULL);
}

void durable_submit(struct world *world, struct effects *effects)
{
    struct durable *durable = world->host->durable;
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
    struct durable *durable = world->host->durable;
    while (durable->count > 0 && !durable->full && world_chance(world, 50))
        (void)apply_first(durable);
    forget_commits(durable);
}

// ---- What may become of it

static void copy_records(struct record_list *to, const struct record_list *from)
{
    record_list_deinit(to);
    for (size_t i = 0; i < from->count; i++)
        record_list_add(to, record_clone(from->items[i]));
}

void durable_back_up(struct world *world)
{
    struct durable *durable = world->host->durable;
    durable->backup.taken = true;
    copy_records(&durable->backup.records, &durable->records);
    memory_replace_text(&durable->backup.deletions, durable->deletions);
}

void durable_lose(struct world *world)
{
    struct durable *durable = world->host->durable;
    forget_undo(durable, durable->undo_count);
    record_list_deinit(&durable->records);
    memory_replace_text(&durable->deletions, NULL);
}

bool durable_restore(struct world *world)
{
    struct durable *durable = world->host->durable;
    if (!durable->backup.taken)
        return false;
    forget_undo(durable, durable->undo_count);
    copy_records(&durable->records, &durable->backup.records);
    memory_replace_text(&durable->deletions, durable->backup.deletions);
    return true;
}

void durable_forget_last(struct world *world, size_t commits)
{
    struct durable *durable = world->host->durable;
    while (durable->undo_count > 0) {
        struct undo *undo = &durable->undo[durable->undo_count - 1];
        if (undo->commit + commits <= durable->done)
            return;
        if (undo->name != NULL) {
            record_free(replace(durable, undo->name, undo->before));
            undo->before = NULL;
        } else {
            memory_replace_text(&durable->deletions, undo->setting);
        }
        free_undo(undo);
        durable->undo_count--;
    }
}
