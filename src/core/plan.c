// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/plan.h"

static const char *const names[PLAN_CHANGE_COUNT] = {
    [PLAN_NONE] = "none",
    [PLAN_CREATE] = "create",
    [PLAN_ADOPT] = "adopt",
    [PLAN_UPDATE] = "update",
    [PLAN_REPLACE] = "replace",
    [PLAN_SUCCEED] = "succeed",
    [PLAN_DELETE] = "delete",
    [PLAN_RELEASE] = "release",
    [PLAN_BLOCKED] = "blocked",
};

const char *plan_change_name(enum plan_change change)
{
    return names[change];
}

// An outcome, as the rows below name it; `detail` is put behind the words.
struct verdict {
    enum plan_change change;
    const char *words;
    const char *detail;
};

static struct verdict plan_removed(const struct situation *s)
{
    bool has_any = s->record->image_id != NULL || s->record->previous.count > 0;
    if (!has_any || s->presence == PRESENCE_GONE)
        return (struct verdict){PLAN_RELEASE, "the declaration and the image are gone", NULL};
    if (s->policy.on_remove == ON_REMOVE_KEEP)
        return (struct verdict){
            PLAN_RELEASE, "the declaration is gone, and lifecycle.on_remove is keep", NULL};
    if (s->foreign || (!s->record->owned && s->record->previous.count == 0))
        return (struct verdict){
            PLAN_RELEASE, "the declaration is gone, and the image is not ours", NULL};
    if (s->policy.protect)
        return (struct verdict){PLAN_BLOCKED,
            "the declaration is gone, but lifecycle.protect forbids the deletion", NULL};
    return (struct verdict){PLAN_DELETE,
        s->grace_over
            ? "the declaration is gone"
            : "the declaration is gone; the grace period runs, and the file's return ends it",
        NULL};
}

static bool adoptable(const struct situation *s)
{
    return (s->kinship == KINSHIP_EQUAL && s->policy.adopt >= ADOPT_IF_EQUAL) ||
           (s->kinship == KINSHIP_STRANGER && s->policy.adopt == ADOPT_ALWAYS);
}

static struct verdict plan_absent(const struct situation *s, const char *source_message)
{
    if (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS)
        return (struct verdict){PLAN_ADOPT, "an image of ours bears the name", NULL};
    if (adoptable(s))
        return (struct verdict){
            PLAN_ADOPT, "an image bears the name, and lifecycle.adopt allows to adopt it", NULL};
    if (s->kinship != KINSHIP_NONE)
        return (struct verdict){PLAN_BLOCKED,
            "an image that imaged did not make bears the name; rename one, or set lifecycle.adopt",
            NULL};
    if (s->source == SOURCE_ABSENT || s->source == SOURCE_CYCLE)
        return (struct verdict){PLAN_BLOCKED, "the source is missing", source_message};
    if (s->source == SOURCE_WAITING)
        return (struct verdict){PLAN_CREATE, "as soon as the source is ready", source_message};
    return (struct verdict){PLAN_CREATE, "there is no such image", NULL};
}

static struct verdict plan_changed(const struct situation *s, const char *source_message)
{
    if (s->policy.on_change == ON_CHANGE_KEEP)
        return (struct verdict){
            PLAN_NONE, "a change needs a new image, and lifecycle.on_change is keep", NULL};
    if (s->policy.protect || !s->record->owned)
        return (struct verdict){PLAN_BLOCKED,
            "a change needs a new image, and the present one may not be deleted", NULL};
    if (s->source == SOURCE_ABSENT || s->source == SOURCE_CYCLE)
        return (struct verdict){PLAN_BLOCKED, "the new image's source is missing", source_message};
    if (s->create_first)
        return (struct verdict){
            PLAN_SUCCEED, "a change needs a new image, which comes before the old one goes", NULL};
    return (struct verdict){PLAN_REPLACE, "a change needs a new image", NULL};
}

static bool repairable(const struct situation *s)
{
    return difference_list_has(s->drift, CHANGE_IN_PLACE) || s->surplus->count > 0;
}

static bool is_drift(const struct situation *s)
{
    return s->record->applied != NULL && strcmp(s->record->applied, s->declaration->canonical) == 0;
}

static struct verdict plan_present(const struct situation *s, const char *source_message)
{
    bool failed = s->live != NULL && s->live->cloud_state != NULL &&
                  strcmp(s->live->cloud_state, "failed") == 0;
    if (s->presence == PRESENCE_GONE && s->policy.on_drift == ON_DRIFT_REPORT)
        return (struct verdict){PLAN_BLOCKED,
            "the image was deleted by somebody else, and lifecycle.on_drift is report", NULL};
    if (s->presence == PRESENCE_GONE)
        return (struct verdict){PLAN_CREATE, "the image was deleted by somebody else", NULL};
    if (s->foreign)
        return (struct verdict){PLAN_BLOCKED, "another owner's tag is on the image", NULL};
    if (failed && s->record->owned && !s->policy.protect && s->record->applied == NULL)
        return (struct verdict){PLAN_REPLACE, "the cloud failed to build the image", NULL};
    if (s->changed->count > 0)
        return plan_changed(s, source_message);
    if (repairable(s) && is_drift(s) && s->policy.on_drift == ON_DRIFT_REPORT)
        return (struct verdict){
            PLAN_NONE, "changed by somebody else, and lifecycle.on_drift is report", NULL};
    if (repairable(s) && s->repaired_in_vain)
        return (struct verdict){PLAN_BLOCKED, "the same repair had no effect several times", NULL};
    if (repairable(s))
        return (struct verdict){PLAN_UPDATE, "the live image differs", NULL};
    return (struct verdict){PLAN_NONE, "as declared", NULL};
}

static struct verdict judge(const struct situation *s, const char *source_message)
{
    if (s->policy.suspend || s->record->suspended)
        return (struct verdict){PLAN_NONE, "suspended on request", NULL};
    if (!s->declared)
        return plan_removed(s);
    if (s->declaration == NULL)
        return (struct verdict){PLAN_BLOCKED, "the declaration cannot be used", s->invalid};
    if (s->record->image_id == NULL)
        return plan_absent(s, source_message);
    return plan_present(s, source_message);
}

static void copy_differences(const struct difference_list *from, struct difference_list *to)
{
    for (size_t i = 0; i < from->count; i++)
        difference_list_add(
            to, from->items[i].field, from->items[i].path, from->items[i].from, from->items[i].to);
}

void plan_of(const struct situation *s, const char *source_message, struct plan *plan)
{
    struct verdict verdict = judge(s, source_message);
    *plan = (struct plan){.change = verdict.change};
    plan->why = verdict.detail == NULL ? memory_text(verdict.words)
                                       : memory_format("%s: %s", verdict.words, verdict.detail);
    plan->needs_approval = s->brake &&
                           (verdict.change == PLAN_DELETE || verdict.change == PLAN_REPLACE);
    if (!s->declared)
        return;
    copy_differences(s->changed, &plan->differences);
    for (size_t i = 0; i < s->drift->count; i++)
        if (s->drift->items[i].field->change == CHANGE_IN_PLACE || s->changed->count == 0)
            difference_list_add(&plan->differences, s->drift->items[i].field,
                s->drift->items[i].path, s->drift->items[i].from, s->drift->items[i].to);
    const struct field *tags = field_table_find(&image_table, "tags");
    for (size_t i = 0; i < s->surplus->count; i++) {
        char *path = memory_format("tags.%s", s->surplus->items[i].key);
        difference_list_add(&plan->differences, tags, path, s->surplus->items[i].value, NULL);
        free(path);
    }
}

void plan_deinit(struct plan *plan)
{
    free(plan->why);
    difference_list_deinit(&plan->differences);
    *plan = (struct plan){0};
}
