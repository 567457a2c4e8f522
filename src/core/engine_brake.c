// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/engine_state.h"
#include "core/memory.h"

static bool wants_deletion(const struct situation *s)
{
    const struct record *record = s->record;
    if (s->retire_due)
        return true;
    if (record->image_id == NULL || !record->owned || s->policy.protect || s->foreign ||
        s->presence == PRESENCE_GONE)
        return false;
    if (!s->declared)
        return s->policy.on_remove == ON_REMOVE_DELETE;
    return s->changed->count > 0 && s->policy.on_change == ON_CHANGE_RECREATE && !s->create_first;
}

void engine_count_deletion(struct engine *engine, struct managed *managed)
{
    struct sight sight = {0};
    struct situation situation = engine_situation(engine, managed, &sight);
    bool wants = wants_deletion(&situation);
    sight_deinit(&sight);
    struct record *record = managed->record;
    if (!wants && managed->phase == PHASE_REST) {
        managed->dirty = managed->dirty || record->approved;
        record->approved = false; // an approval is for what was wanted when it was given
        managed->let_through = false;
    }
    bool counts = wants && !record->approved && !managed->let_through;
    if (counts && !managed->wants_deletion)
        engine->brake.wanted++;
    if (!counts && managed->wants_deletion)
        engine->brake.wanted--;
    managed->wants_deletion = counts;
}

bool engine_brake_holds(const struct engine *engine, const struct managed *managed)
{
    const struct engine_options *options = &engine->options;
    return !managed->record->approved && !managed->let_through &&
           brake_holds(&engine->brake, engine_server_ms(engine), options->deletion_window_ms,
               options->deletion_maximum, HASH_COUNT(engine->managed));
}

void engine_note_deletion(struct engine *engine, struct managed *managed)
{
    if (managed->let_through)
        return; // tried before, and counted then
    brake_note(&engine->brake, engine_server_ms(engine), engine->options.deletion_window_ms);
    if (managed->wants_deletion)
        engine->brake.wanted--;
    managed->wants_deletion = false;
    managed->let_through = true;
    struct setting *setting = &effects_add(engine->effects, EFFECT_SETTING)->setting;
    setting->key = memory_text(ENGINE_SETTING_DELETIONS);
    setting->value = brake_format(&engine->brake);
}
