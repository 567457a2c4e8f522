// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The conditions of what is declared and has an image on record: vanished, failed, changed,
// drifted, pending, or as declared.
#include "config.h"

#include <string.h>

#include "core/condition.h"
#include "core/shared_text.h"

bool condition_gone_as_asked(const struct situation *s)
{
    return s->presence == PRESENCE_GONE && s->deletion_asked;
}

bool condition_vanished_and_reported(const struct situation *s)
{
    return s->presence == PRESENCE_GONE && s->policy.on_drift == ON_DRIFT_REPORT;
}

bool condition_vanished(const struct situation *s)
{
    return s->presence == PRESENCE_GONE;
}

bool condition_missing_and_due(const struct situation *s)
{
    return s->presence == PRESENCE_MISSING && s->poll_due;
}

bool condition_missing(const struct situation *s)
{
    return s->presence == PRESENCE_MISSING;
}

bool condition_unseen_and_due(const struct situation *s)
{
    return s->presence == PRESENCE_UNSEEN && s->poll_due;
}

bool condition_unseen(const struct situation *s)
{
    return s->presence == PRESENCE_UNSEEN;
}

bool condition_foreign(const struct situation *s)
{
    return s->foreign;
}

bool condition_build_failed(const struct situation *s)
{
    return image_is_failed(s->live);
}

// The failed image that is the last to be tried is left in the cloud, for people to look at.
static bool last_attempt(const struct situation *s)
{
    return !s->begins_anew && s->record->failed_builds + 1 >= s->policy.max_attempts;
}

// What was once in use is not thrown away because the cloud calls it failed now.
bool condition_build_failed_for_good(const struct situation *s)
{
    bool kept = !s->record->owned || s->policy.protect || s->record->applied != NULL;
    return condition_build_failed(s) && (kept || last_attempt(s) || s->resting || s->observe);
}

bool condition_change_left_alone(const struct situation *s)
{
    return s->changed->count > 0 && s->policy.on_change == ON_CHANGE_KEEP &&
           image_is_available(s->live);
}

bool condition_changed(const struct situation *s)
{
    return s->changed->count > 0 && s->policy.on_change == ON_CHANGE_RECREATE;
}

bool condition_change_protected(const struct situation *s)
{
    return condition_changed(s) && (s->policy.protect || !s->record->owned);
}

bool condition_change_resting(const struct situation *s)
{
    return condition_changed(s) && s->resting;
}

bool condition_change_source_unchecked(const struct situation *s)
{
    return condition_changed(s) && !s->source_checked;
}

bool condition_change_source_unchecked_again(const struct situation *s)
{
    enum reason reason = s->record->reason;
    return condition_change_source_unchecked(s) &&
           (reason == REASON_SOURCE_MISSING || reason == REASON_WAITING_FOR_SOURCE ||
               reason == REASON_AWAITING_APPROVAL);
}

bool condition_change_source_absent(const struct situation *s)
{
    return condition_changed(s) && s->source == SOURCE_ABSENT;
}

bool condition_change_source_cycle(const struct situation *s)
{
    return condition_changed(s) && s->source == SOURCE_CYCLE;
}

bool condition_change_source_not_ready(const struct situation *s)
{
    return condition_changed(s) && s->source != SOURCE_READY;
}

bool condition_change_makes_first(const struct situation *s)
{
    return condition_changed(s) && s->create_first;
}

bool condition_change_makes_first_in_observe_mode(const struct situation *s)
{
    return condition_change_makes_first(s) && s->observe;
}

bool condition_change_in_observe_mode(const struct situation *s)
{
    return condition_changed(s) && s->observe;
}

bool condition_change_with_brake(const struct situation *s)
{
    return condition_changed(s) && !s->create_first && !s->observe && s->brake;
}

static bool differs_in(const struct situation *s, const char *field)
{
    for (size_t i = 0; i < s->drift->count; i++)
        if (strcmp(s->drift->items[i].field->name, field) == 0)
            return true;
    return false;
}

bool condition_tag_wrong(const struct situation *s)
{
    for (size_t i = 0; i < s->drift->count; i++)
        if (strcmp(s->drift->items[i].field->name, "tags") == 0 && s->drift->items[i].to != NULL)
            return true;
    return false;
}

static bool repairable(const struct situation *s)
{
    return difference_list_has(s->drift, CHANGE_IN_PLACE) || s->surplus->count > 0;
}

// The live image was as declared and is no more, though the declaration stayed: somebody else did
// that.
static bool drifted(const struct situation *s)
{
    return shared_text_equal(s->record->applied, s->declaration->canonical);
}

bool condition_drift_reported(const struct situation *s)
{
    return repairable(s) && drifted(s) && s->policy.on_drift == ON_DRIFT_REPORT &&
           image_is_available(s->live);
}

bool condition_contested(const struct situation *s)
{
    return repairable(s) && s->repaired_in_vain;
}

bool condition_repair_resting(const struct situation *s)
{
    return repairable(s) && s->resting;
}

bool condition_repair_resting_and_due(const struct situation *s)
{
    return condition_repair_resting(s) && !image_is_available(s->live) && s->poll_due;
}

bool condition_repair_held_back(const struct situation *s)
{
    return repairable(s) && s->observe;
}

bool condition_access_wrong(const struct situation *s)
{
    return differs_in(s, "access");
}

bool condition_tag_superfluous(const struct situation *s)
{
    return s->surplus->count > 0;
}

bool condition_snapshots_resting(const struct situation *s)
{
    return s->snapshots_due && s->resting;
}

bool condition_snapshots_due(const struct situation *s)
{
    return s->snapshots_due && !s->observe;
}

bool condition_overdue_and_due(const struct situation *s)
{
    return !image_is_available(s->live) && s->overdue && s->poll_due;
}

bool condition_overdue(const struct situation *s)
{
    return !image_is_available(s->live) && s->overdue;
}

bool condition_pending_and_due(const struct situation *s)
{
    return !image_is_available(s->live) && s->poll_due;
}

bool condition_pending(const struct situation *s)
{
    return !image_is_available(s->live);
}

bool condition_follow_due(const struct situation *s)
{
    return s->follow_due;
}

bool condition_retire_resting(const struct situation *s)
{
    return s->retire_due && s->resting;
}

bool condition_retire_held_back(const struct situation *s)
{
    return s->retire_due && (s->observe || s->brake);
}

bool condition_retire_due(const struct situation *s)
{
    return s->retire_due;
}

bool condition_newest_invalid(const struct situation *s)
{
    return s->invalid != NULL;
}

bool condition_drifted_for_good(const struct situation *s)
{
    return s->drift->count > 0;
}
