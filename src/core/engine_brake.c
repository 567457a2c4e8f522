// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/shared_text.h"

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

// Whether the image that is next to go was let through before.
static bool has_passed(const struct managed *managed, bool retire_due)
{
    const struct record *record = managed->record;
    const char *next = retire_due ? record->previous.items[0] : record->image_id;
    return managed->let_through != NULL && next != NULL && strcmp(managed->let_through, next) == 0;
}

static bool has_nothing_to_go(const struct managed *managed)
{
    return managed->record->image_id == NULL && managed->record->previous.count == 0;
}

// Whether the image is declared as it was when it was made, and nothing else is left of it. Most
// are, and need no closer look.
static bool is_as_made(const struct managed *managed)
{
    const struct record *record = managed->record;
    const struct declaration *declaration = managed->declaration;
    return managed->declared && record->previous.count == 0 && declaration != NULL &&
           shared_text_equal(record->made_from, declaration->canonical) && !engine_follows(managed);
}

void engine_count_deletion(struct engine *engine, struct managed *managed)
{
    bool wants = false;
    bool passed = false;
    if (!has_nothing_to_go(managed) && !is_as_made(managed)) {
        struct sight sight = {0};
        struct situation situation = engine_situation(engine, managed, &sight);
        wants = wants_deletion(&situation);
        passed = has_passed(managed, situation.retire_due);
        sight_deinit(&sight);
    }
    struct record *record = managed->record;
    if (!wants && managed->phase == PHASE_REST) {
        managed->dirty = managed->dirty || record->approved;
        record->approved = false; // an approval is for what was wanted when it was given
        memory_replace_text(&managed->let_through, NULL);
    }
    bool counts = wants && !record->approved && !passed;
    if (counts && !managed->wants_deletion)
        engine->brake.wanted++;
    if (!counts && managed->wants_deletion)
        engine->brake.wanted--;
    managed->wants_deletion = counts;
}

bool engine_brake_holds(const struct engine *engine, const struct managed *managed, bool retire_due)
{
    const struct engine_options *options = &engine->options;
    struct brake brake = engine->brake;
    if (!managed->wants_deletion)
        brake.wanted++; // it came to that only now
    return !managed->record->approved && !has_passed(managed, retire_due) &&
           brake_holds(&brake, engine_server_ms(engine), options->deletion_window_ms,
               options->deletion_maximum, engine->managed.count);
}

void engine_tell_brake(struct engine *engine)
{
    const struct engine_options *options = &engine->options;
    const struct brake *brake = &engine->brake;
    bool holds = brake->wanted > 0 &&
                 brake_holds(brake, engine_server_ms(engine), options->deletion_window_ms,
                     options->deletion_maximum, engine->managed.count);
    if (holds && !engine->brake_told)
        engine_report(engine, REPORT_BRAKE, NULL,
            "%zu images are to be deleted or replaced, which with those of late is more than "
            "deletion.max (%u): none is, until somebody approves",
            brake->wanted, (unsigned)options->deletion_maximum);
    engine->brake_told = holds;
}

static void remember_deletions(struct engine *engine)
{
    struct setting *setting = &effects_add(engine->effects, EFFECT_SETTING)->setting;
    setting->key = memory_text(ENGINE_SETTING_DELETIONS);
    setting->value = brake_format(&engine->brake);
}

// One that is tried again counts once, from then on.
void engine_note_deletion(struct engine *engine, struct managed *managed, const char *image_id)
{
    if (managed->let_through != NULL && strcmp(managed->let_through, image_id) == 0)
        brake_forget(&engine->brake, managed->let_through_ms);
    managed->let_through_ms = engine_server_ms(engine);
    brake_note(&engine->brake, managed->let_through_ms, engine->options.deletion_window_ms);
    if (managed->wants_deletion)
        engine->brake.wanted--;
    managed->wants_deletion = false;
    memory_replace_text(&managed->let_through, image_id);
    remember_deletions(engine);
}

void engine_take_back_deletion(struct engine *engine, struct managed *managed)
{
    if (managed->let_through == NULL)
        return;
    brake_forget(&engine->brake, managed->let_through_ms);
    memory_replace_text(&managed->let_through, NULL);
    remember_deletions(engine);
}
