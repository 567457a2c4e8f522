// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/plan.h"
#include "core/shared_text.h"

static const char *const names[PLAN_CHANGE_COUNT] = {
    [PLAN_NONE] = "none",
    [PLAN_CREATE] = "create",
    [PLAN_ADOPT] = "adopt",
    [PLAN_UPDATE] = "update",
    [PLAN_REPLACE] = "replace",
    [PLAN_SUCCEED] = "succeed",
    [PLAN_RETIRE] = "retire",
    [PLAN_DELETE] = "delete",
    [PLAN_RELEASE] = "release",
    [PLAN_BLOCKED] = "blocked",
};

const char *plan_change_name(enum plan_change change)
{
    return names[change];
}

// Conditions. Each reads as one clause of the rule's sentence; the rules' order supplies the rest.

static bool always(const struct situation *s)
{
    (void)s;
    return true;
}

static bool removed(const struct situation *s)
{
    return !s->declared;
}

static bool removed_and_gone(const struct situation *s)
{
    const struct record *record = s->record;
    bool image = record->image_id != NULL && s->presence != PRESENCE_GONE;
    return removed(s) && !image && record->previous.count == 0 && record->snapshots.count == 0;
}

static bool removed_but_keep(const struct situation *s)
{
    return removed(s) && s->policy.on_remove == ON_REMOVE_KEEP;
}

static bool removed_but_not_ours(const struct situation *s)
{
    bool owned = s->record->owned || s->record->previous.count > 0 ||
                 s->record->snapshots.count > 0;
    return removed(s) && (s->foreign || !owned);
}

static bool removed_but_protected(const struct situation *s)
{
    return removed(s) && s->policy.protect;
}

static bool removed_in_grace(const struct situation *s)
{
    return removed(s) && !s->grace_over;
}

static bool unusable(const struct situation *s)
{
    return s->declaration == NULL;
}

static bool absent(const struct situation *s)
{
    return s->record->image_id == NULL;
}

static bool absent_and_lost(const struct situation *s)
{
    return absent(s) && s->record->intent == INTENT_CREATE;
}

static bool absent_but_ours(const struct situation *s)
{
    return absent(s) && (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS);
}

static bool absent_and_adoptable(const struct situation *s)
{
    return absent(s) && ((s->kinship == KINSHIP_EQUAL && s->policy.adopt >= ADOPT_IF_EQUAL) ||
                            (s->kinship == KINSHIP_STRANGER && s->policy.adopt == ADOPT_ALWAYS));
}

static bool absent_and_foreign(const struct situation *s)
{
    return absent(s) && s->kinship == KINSHIP_FOREIGN;
}

static bool absent_and_different(const struct situation *s)
{
    return absent(s) && s->kinship == KINSHIP_STRANGER && s->policy.adopt == ADOPT_IF_EQUAL;
}

static bool absent_and_taken(const struct situation *s)
{
    return absent(s) && s->kinship != KINSHIP_NONE;
}

static bool attempts_exhausted(const struct situation *s)
{
    return s->record->failed_builds >= s->policy.max_attempts;
}

static bool absent_and_exhausted(const struct situation *s)
{
    return absent(s) && attempts_exhausted(s);
}

static bool source_missing(const struct situation *s)
{
    return s->source == SOURCE_ABSENT || s->source == SOURCE_CYCLE;
}

static bool absent_without_source(const struct situation *s)
{
    return absent(s) && source_missing(s);
}

static bool absent_and_waiting(const struct situation *s)
{
    return absent(s) && s->source == SOURCE_WAITING;
}

static bool absent_and_failed(const struct situation *s)
{
    return absent(s) && s->record->state == STATE_FAILED;
}

static bool vanished(const struct situation *s)
{
    return s->presence == PRESENCE_GONE;
}

static bool vanished_as_asked(const struct situation *s)
{
    return vanished(s) && s->deletion_asked;
}

static bool vanished_and_reported(const struct situation *s)
{
    return vanished(s) && s->policy.on_drift == ON_DRIFT_REPORT;
}

static bool missing(const struct situation *s)
{
    return s->presence == PRESENCE_MISSING;
}

static bool unseen(const struct situation *s)
{
    return s->presence == PRESENCE_UNSEEN;
}

static bool foreign(const struct situation *s)
{
    return s->foreign;
}

static bool failed(const struct situation *s)
{
    return image_is_failed(s->live);
}

static bool failed_but_kept(const struct situation *s)
{
    return failed(s) && (!s->record->owned || s->policy.protect || s->record->applied != NULL);
}

// The last one that is tried stays in the cloud, for people to look at.
static bool failed_for_good(const struct situation *s)
{
    return failed(s) && !s->begins_anew && s->record->failed_builds + 1 >= s->policy.max_attempts;
}

static bool changed(const struct situation *s)
{
    return s->changed->count > 0;
}

static bool changed_but_kept(const struct situation *s)
{
    return changed(s) && s->policy.on_change == ON_CHANGE_KEEP;
}

static bool changed_but_protected(const struct situation *s)
{
    return changed(s) && s->policy.protect;
}

static bool changed_but_not_ours(const struct situation *s)
{
    return changed(s) && !s->record->owned;
}

static bool changed_without_source(const struct situation *s)
{
    return changed(s) && source_missing(s);
}

static bool changed_create_first(const struct situation *s)
{
    return changed(s) && s->create_first;
}

static bool changed_create_first_and_kept(const struct situation *s)
{
    return changed_create_first(s) && s->record->previous.count < s->policy.keep_previous;
}

static bool repairable(const struct situation *s)
{
    return difference_list_has(s->drift, CHANGE_IN_PLACE) || s->surplus->count > 0;
}

static bool drifted(const struct situation *s)
{
    return shared_text_equal(s->record->applied, s->declaration->canonical);
}

static bool drift_left(const struct situation *s)
{
    return repairable(s) && drifted(s) && s->policy.on_drift == ON_DRIFT_REPORT;
}

static bool repaired_in_vain(const struct situation *s)
{
    return repairable(s) && s->repaired_in_vain;
}

static bool pending(const struct situation *s)
{
    return !image_is_available(s->live);
}

static bool retire_due(const struct situation *s)
{
    return s->retire_due;
}

static bool snapshots_due(const struct situation *s)
{
    return s->snapshots_due;
}

static bool newest_unusable(const struct situation *s)
{
    return s->invalid != NULL;
}

static bool differs(const struct situation *s)
{
    return s->drift->count > 0;
}

// What is told besides.

static const char *of_source(const struct situation *s, const char *source_message)
{
    (void)s;
    return source_message;
}

static const char *of_waiting(const struct situation *s, const char *source_message)
{
    return s->source == SOURCE_WAITING ? source_message : NULL;
}

static const char *of_file(const struct situation *s, const char *source_message)
{
    (void)source_message;
    return s->invalid;
}

static const char *of_namesake(const struct situation *s, const char *source_message)
{
    (void)source_message;
    return s->namesake == NULL ? NULL : s->namesake->id;
}

static const char *of_failure(const struct situation *s, const char *source_message)
{
    (void)source_message;
    return s->record->message != NULL && *s->record->message != '\0' ? s->record->message : NULL;
}

static const char *of_comment(const struct situation *s, const char *source_message)
{
    (void)source_message;
    return s->live->state_comment.message;
}

// clang-format off
static const struct plan_rule rules[] = {
    // Not declared any more.
    {"removed-gone", removed_and_gone, PLAN_RELEASE, false, "the declaration and the image are gone", NULL},
    {"removed-keep", removed_but_keep, PLAN_RELEASE, false, "the declaration is gone, and lifecycle.on_remove is keep", NULL},
    {"removed-not-ours", removed_but_not_ours, PLAN_RELEASE, false, "the declaration is gone, and the image is not ours", NULL},
    {"removed-protected", removed_but_protected, PLAN_BLOCKED, false, "the declaration is gone, but lifecycle.protect forbids the deletion", NULL},
    {"removed-grace", removed_in_grace, PLAN_DELETE, true, "the declaration is gone; the grace period runs, and the file's return ends it", NULL},
    {"removed", removed, PLAN_DELETE, true, "the declaration is gone", NULL},
    {"unusable", unusable, PLAN_BLOCKED, false, "the declaration cannot be used", of_file},

    // Declared, and not in the cloud as far as the record knows.
    {"absent-ours", absent_but_ours, PLAN_ADOPT, false, "an image of ours bears the name", of_namesake},
    {"absent-lost", absent_and_lost, PLAN_CREATE, false, "the creation's answer was lost; whether the image is there is being found out", NULL},
    {"absent-adopt", absent_and_adoptable, PLAN_ADOPT, false, "an image bears the name, and lifecycle.adopt allows to adopt it", of_namesake},
    {"absent-foreign", absent_and_foreign, PLAN_BLOCKED, false, "an image with another owner's tag bears the name", of_namesake},
    {"absent-different", absent_and_different, PLAN_BLOCKED, false, "an image bears the name that differs from the declaration, and lifecycle.adopt is if_equal", of_namesake},
    {"absent-taken", absent_and_taken, PLAN_BLOCKED, false, "an image that imaged did not make bears the name; rename one, or set lifecycle.adopt", of_namesake},
    {"absent-exhausted", absent_and_exhausted, PLAN_BLOCKED, false, "lifecycle.max_attempts creations failed; `imagectl retry` begins anew", of_failure},
    {"absent-sourceless", absent_without_source, PLAN_BLOCKED, false, "the source is missing", of_source},
    {"absent-waiting", absent_and_waiting, PLAN_CREATE, false, "as soon as the source is ready", of_source},
    {"absent-failed", absent_and_failed, PLAN_CREATE, false, "there is no such image, and the last attempt failed", of_failure},
    {"absent", absent, PLAN_CREATE, false, "there is no such image", NULL},

    // Declared, and the record names an image.
    {"vanished-as-asked", vanished_as_asked, PLAN_CREATE, false, "the image was deleted, to be made anew", NULL},
    {"vanished-reported", vanished_and_reported, PLAN_BLOCKED, false, "the image was deleted by somebody else, and lifecycle.on_drift is report", NULL},
    {"vanished", vanished, PLAN_CREATE, false, "the image was deleted by somebody else", NULL},
    {"missing", missing, PLAN_BLOCKED, false, "the last look did not find the image; whether it is gone is being found out", NULL},
    {"unseen", unseen, PLAN_BLOCKED, false, "the image was not seen yet", NULL},
    {"foreign", foreign, PLAN_BLOCKED, false, "another owner's tag is on the image", NULL},
    {"failed-kept", failed_but_kept, PLAN_BLOCKED, false, "the cloud calls the image failed, and it may not be deleted or was in use", of_comment},
    {"failed-for-good", failed_for_good, PLAN_BLOCKED, false, "the cloud failed to build the image, lifecycle.max_attempts times; `imagectl retry` begins anew", of_comment},
    {"failed", failed, PLAN_REPLACE, false, "the cloud failed to build the image", of_comment},

    // A field changed that only a new image can have.
    {"change-kept", changed_but_kept, PLAN_NONE, false, "a change needs a new image, and lifecycle.on_change is keep", NULL},
    {"change-protected", changed_but_protected, PLAN_BLOCKED, false, "a change needs a new image, but lifecycle.protect forbids deleting the present one", NULL},
    {"change-not-ours", changed_but_not_ours, PLAN_BLOCKED, false, "a change needs a new image, and the present one is not ours to delete", NULL},
    {"change-sourceless", changed_without_source, PLAN_BLOCKED, false, "a change needs a new image, but its source is missing", of_source},
    {"change-first-kept", changed_create_first_and_kept, PLAN_SUCCEED, false, "a change needs a new image; lifecycle.keep_previous keeps the old one", of_waiting},
    {"change-first", changed_create_first, PLAN_SUCCEED, false, "a change needs a new image, which comes before the oldest one goes", of_waiting},
    {"change", changed, PLAN_REPLACE, true, "a change needs a new image", of_waiting},

    // A field changed that the live image can be given.
    {"drift-left", drift_left, PLAN_NONE, false, "changed by somebody else, and lifecycle.on_drift is report", NULL},
    {"repair-in-vain", repaired_in_vain, PLAN_BLOCKED, false, "the same repair had no effect several times", NULL},
    {"repair", repairable, PLAN_UPDATE, false, "the live image differs", NULL},

    {"pending", pending, PLAN_NONE, false, "the cloud is building the image", NULL},
    {"retire", retire_due, PLAN_RETIRE, true, "an image that was replaced is to go", NULL},
    {"snapshots", snapshots_due, PLAN_RETIRE, false, "snapshots of an image that is gone are to go", NULL},
    {"newest-unusable", newest_unusable, PLAN_BLOCKED, false, "the file's newest version cannot be used; the last good one stays in force", of_file},
    {"drift-immutable", differs, PLAN_NONE, false, "differs where only a new image could be changed, though nobody asked for a change", NULL},
    {"in-sync", always, PLAN_NONE, false, "as declared", NULL},
};
// clang-format on

const struct plan_rule *plan_rules(size_t *count)
{
    *count = sizeof(rules) / sizeof(rules[0]);
    return rules;
}

static void say_why(const struct situation *s, const struct plan_rule *rule,
    const char *source_message, struct plan *plan)
{
    const char *detail = rule->detail == NULL ? NULL : rule->detail(s, source_message);
    plan->why = detail == NULL ? memory_text(rule->why)
                               : memory_format("%s: %s", rule->why, detail);
    if (!s->policy.suspend && !s->record->suspended)
        return;
    char *otherwise = plan->why;
    plan->why = plan->change == PLAN_NONE
                    ? memory_text("suspended on request")
                    : memory_format("suspended on request, or it would be: %s (%s)",
                          plan_change_name(plan->change), otherwise);
    plan->change = plan->change == PLAN_NONE ? PLAN_NONE : PLAN_BLOCKED;
    plan->needs_approval = false;
    free(otherwise);
}

// Whether the difference is one that the changes asked for tell already.
static bool is_told(const struct situation *s, const struct difference *difference)
{
    for (size_t i = 0; i < s->changed->count; i++)
        if (s->changed->items[i].field == difference->field)
            return true;
    return false;
}

static void list_differences(const struct situation *s, struct difference_list *out)
{
    const struct difference_list *lists[] = {s->changed, s->drift};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++) {
            const struct difference *item = &lists[i]->items[j];
            if (i == 0 || !is_told(s, item))
                difference_list_add(out, item->field, item->path, item->from, item->to);
        }
    const struct field *tags = field_table_find(&image_table, "tags");
    for (size_t i = 0; i < s->surplus->count; i++) {
        const struct tag *tag = &s->surplus->items[i];
        char *path = memory_format("tags.%s", tag->key);
        bool told = false; // as an exact policy's difference
        for (size_t j = 0; j < out->count; j++)
            told = told || strcmp(out->items[j].path, path) == 0;
        if (!told)
            difference_list_add(out, tags, path, tag->value, NULL);
        free(path);
    }
}

void plan_of(const struct situation *s, const char *source_message, struct plan *plan)
{
    const struct plan_rule *rule = rules;
    while (!rule->holds(s)) // the last one always holds
        rule++;
    *plan = (struct plan){
        .change = rule->change,
        .rule = rule->name,
        .needs_approval = rule->braked && s->brake,
    };
    say_why(s, rule, source_message, plan);
    if (!s->declared || s->declaration == NULL)
        return;
    if (s->namesake != NULL && rule->change == PLAN_ADOPT) {
        struct declared declared = declaration_open(s->declaration);
        image_diff(&declared.image, s->namesake, s->policy.tags_policy == TAGS_POLICY_EXACT,
            &plan->differences);
    } else {
        list_differences(s, &plan->differences);
    }
}

void plan_deinit(struct plan *plan)
{
    free(plan->why);
    difference_list_deinit(&plan->differences);
    *plan = (struct plan){0};
}
