// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/plan.h"

static void plan_managed(struct engine *engine, struct managed *managed, struct plan *plan)
{
    struct sight sight = {0};
    struct situation situation = engine_situation(engine, managed, &sight);
    plan_of(&situation, managed->source_message, plan);
    sight_deinit(&sight);
}

bool engine_plan(struct engine *engine, const char *name, struct instant now, struct plan *plan)
{
    struct managed *managed = engine_find(engine, name);
    if (managed == NULL)
        return false;
    engine->now = now;
    plan_managed(engine, managed, plan);
    return true;
}

// A twin of the image stands in for it, so that nothing of the plan is left behind.
void engine_plan_declaration(
    struct engine *engine, struct declaration *declaration, struct instant now, struct plan *plan)
{
    const struct managed *known = engine_find(engine, declaration->name);
    struct managed *twin = managed_new(
        known == NULL ? record_new(declaration->name) : record_clone(known->record));
    if (known != NULL) {
        twin->presence = known->presence;
        twin->looked = known->looked;
        twin->doubted = known->doubted;
        twin->name_conflict = known->name_conflict;
    }
    twin->declared = true;
    managed_set_declaration(twin, declaration);
    engine->now = now;
    plan_managed(engine, twin, plan);
    gathering_remove(&engine->awaiting, twin);
    managed_free(twin);
}

const struct image *engine_seen(const struct engine *engine, const char *image_id)
{
    const struct view_image *seen = view_find(engine->view, image_id);
    return seen == NULL ? NULL : seen->image;
}
