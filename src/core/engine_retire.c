// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/shared_text.h"

// The image in use joins those that were replaced; the next one is made under its own name.
void engine_succeed(struct engine *engine, struct managed *managed)
{
    struct record *record = managed->record;
    engine_report(engine, REPORT_IMAGE_SUCCEEDED, managed,
        "%s: %s is to be replaced; it stays until the new image is available", record->name,
        record->image_id);
    engine_remember_origin(managed);
    text_list_add(&record->previous, record->image_id);
    memory_replace_text(&record->image_id, NULL);
    memory_replace_text(&record->cloud_name, NULL);
    shared_text_replace(&record->made_from, NULL);
    shared_text_replace(&record->applied, NULL);
    record->failed_builds = 0;
    managed->dirty = true;
    managed_reset_image(managed);
}

void engine_forget_previous(struct managed *managed, const char *id)
{
    struct text_list *previous = &managed->record->previous;
    size_t count = previous->count;
    text_list_remove(previous, id);
    managed->dirty = managed->dirty || previous->count != count;
}

static bool is_foreign(const struct engine *engine, const struct view_image *seen)
{
    struct image image = image_open(seen->image);
    return engine_foreign(engine, &image);
}

// One that its deletion did not find, and that a healthy list does not show either, is gone; those
// that carry another owner's tag are not ours any more, and their snapshots neither. That a list
// lacks one proves nothing alone.
void engine_prune_previous(struct engine *engine, struct managed *managed)
{
    const struct text_list *previous = &managed->record->previous;
    for (size_t i = previous->count; i > 0; i--) {
        const struct view_image *seen = view_find(engine->view, previous->items[i - 1]);
        bool gone = seen == NULL && managed->not_retired != NULL &&
                    strcmp(managed->not_retired, previous->items[i - 1]) == 0;
        if (!gone && (seen == NULL || !is_foreign(engine, seen)))
            continue;
        if (!gone)
            engine_spare_snapshots(engine, managed, previous->items[i - 1]);
        engine_forget_origin(managed, previous->items[i - 1]);
        engine_forget_previous(managed, previous->items[i - 1]);
    }
}

bool engine_retire_due(
    const struct engine *engine, const struct managed *managed, const struct situation *s)
{
    const struct record *record = managed->record;
    bool seen = engine->listed.asked_ms >= 0; // since the start, and those of others sorted out
    if (record->previous.count == 0 || s->policy.protect || !seen)
        return false;
    if (!s->declared)
        return s->policy.on_remove == ON_REMOVE_DELETE;
    bool settled = s->drift->count == 0 && s->changed->count == 0 && s->surplus->count == 0;
    return image_is_available(s->live) && settled &&
           record->previous.count > s->policy.keep_previous;
}

void engine_retired(struct engine *engine, struct managed *managed)
{
    engine_report(engine, REPORT_IMAGE_DELETED, managed, "%s: deleted %s, which was replaced",
        managed->record->name, managed->write->retiring);
    view_drop(engine->view, managed->write->retiring);
    engine_forget_origin(managed, managed->write->retiring);
    engine_forget_previous(managed, managed->write->retiring);
}
