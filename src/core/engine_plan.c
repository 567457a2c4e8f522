// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/plan.h"
#include "core/shared_text.h"

// A chain of images that are made from each other is followed so far; it only bounds a mistake.
#define CHAIN_LIMIT 64

static void plan_managed(
    struct engine *engine, struct managed *managed, unsigned links, struct plan *plan);

// Whether the plan makes a new image of that declaration.
static bool is_renewed(struct engine *engine, const char *name, unsigned links)
{
    struct managed *managed = engine_find(engine, name);
    if (managed == NULL || links == CHAIN_LIMIT)
        return false;
    struct plan plan = {0};
    plan_managed(engine, managed, links + 1, &plan);
    bool renewed = plan.change == PLAN_CREATE || plan.change == PLAN_REPLACE ||
                   plan.change == PLAN_SUCCEED;
    plan_deinit(&plan);
    return renewed;
}

// What decide() will see only once the source that is followed has its new image.
static void look_ahead(struct engine *engine, const struct managed *managed, unsigned links,
    struct situation *situation, struct sight *sight)
{
    const struct declaration *declaration = managed->declaration;
    const struct record *record = managed->record;
    if (!managed->declared || declaration == NULL || record->image_id == NULL)
        return;
    struct declared declared = declaration_open(declaration);
    const struct selector *selector = &declared.image.source_image;
    if (selector->declared == NULL || selector->follow != BOOLEAN_TRUE ||
        !is_renewed(engine, selector->declared, links))
        return;
    for (size_t i = 0; i < sight->changed.count; i++)
        if (strcmp(sight->changed.items[i].path, "source_image_id") == 0)
            return;
    char *to = memory_format("(the new image of %s)", selector->declared);
    difference_list_add(&sight->changed, field_table_find(&image_table, "source_image_id"),
        "source_image_id", record->source_id, to);
    free(to);
    situation->create_first = strstr(declared.image.name, "{digest}") != NULL;
}

static void plan_managed(
    struct engine *engine, struct managed *managed, unsigned links, struct plan *plan)
{
    struct sight sight = {0};
    struct situation situation = engine_situation(engine, managed, &sight);
    look_ahead(engine, managed, links, &situation, &sight);
    plan_of(&situation, managed->source_message, plan);
    sight_deinit(&sight);
}

bool engine_plan(struct engine *engine, const char *name, struct instant now, struct plan *plan)
{
    struct managed *managed = engine_find(engine, name);
    if (managed == NULL)
        return false;
    engine->now = now;
    plan_managed(engine, managed, 0, plan);
    return true;
}

// As the directory would put it in force; what it replaces is forgotten as there.
static void put_in_force(struct managed *twin, struct declaration *declaration)
{
    struct record *record = twin->record;
    twin->declared = true;
    record->removed = false;
    bool changed = !shared_text_equal(record->declaration, declaration->canonical);
    if (changed) {
        shared_text_replace(&record->declaration, declaration->canonical);
        memory_replace_text(&record->repaired, NULL);
        record->failed_builds = 0;
        record->state = STATE_PENDING;
        twin->name_conflict = false;
    }
    managed_set_declaration(twin, declaration);
}

static struct managed *twin_of(const struct managed *known, struct declaration *declaration)
{
    struct managed *twin = managed_new(
        known == NULL ? record_new(declaration->name) : record_clone(known->record));
    if (known != NULL) {
        twin->presence = known->presence;
        twin->looked = known->looked;
        twin->doubted = known->doubted;
        twin->name_conflict = known->name_conflict;
        twin->pending_since_wall_ms = known->pending_since_wall_ms;
        twin->wants_deletion = known->wants_deletion;
        twin->let_through = memory_text(known->let_through);
        twin->let_through_ms = known->let_through_ms;
        twin->begins_anew = known->begins_anew;
    }
    put_in_force(twin, declaration);
    return twin;
}

// Twins stand in for the images while the plan is made, so that the declarations see each other
// and the brake counts them all; nothing is left of them afterwards.
struct pretence {
    struct managed **twins;
    struct managed **known; // whom each stands for, or NULL
    size_t count;
    size_t wanted; // what the brake counted before
};

static struct pretence pretend(
    struct engine *engine, struct declaration *const *declarations, size_t count)
{
    struct pretence pretence = {
        .twins = memory_new(count, sizeof(*pretence.twins)),
        .known = memory_new(count, sizeof(*pretence.known)),
        .count = count,
        .wanted = engine->brake.wanted,
    };
    for (size_t i = 0; i < count; i++) {
        struct managed *known = engine_find(engine, declarations[i]->name);
        struct managed *twin = twin_of(known, declarations[i]);
        text_index_put(&engine->managed, twin);
        pretence.twins[i] = twin;
        pretence.known[i] = known;
    }
    for (size_t i = 0; i < count; i++)
        engine_count_deletion(engine, pretence.twins[i]);
    return pretence;
}

// In the order opposite to pretend(), so that each finds what it left.
static void give_up(struct engine *engine, struct pretence *pretence)
{
    engine->brake.wanted = pretence->wanted;
    for (size_t i = pretence->count; i > 0; i--) {
        struct managed *twin = pretence->twins[i - 1];
        struct managed *known = pretence->known[i - 1];
        gathering_remove(&engine->awaiting, twin);
        if (known != NULL)
            text_index_put(&engine->managed, known);
        else
            text_index_remove(&engine->managed, twin->record->name);
        managed_free(twin);
    }
    free(pretence->twins);
    free(pretence->known);
}

void engine_plan_declarations(struct engine *engine, struct declaration *const *declarations,
    size_t count, struct instant now, struct plan *plans)
{
    engine->now = now;
    struct pretence pretence = pretend(engine, declarations, count);
    for (size_t i = 0; i < count; i++)
        plan_managed(engine, pretence.twins[i], 0, &plans[i]);
    give_up(engine, &pretence);
}

const struct packed *engine_seen(const struct engine *engine, const char *image_id)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    return seen == NULL ? NULL : seen->image;
}
