// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/condition.h"

// Conditions. Each reads as one clause of the rule's sentence; the rules' order supplies the rest.

bool condition_always(const struct situation *s)
{
    (void)s;
    return true;
}

static bool has_image(const struct situation *s)
{
    return s->record->image_id != NULL;
}

bool condition_suspended(const struct situation *s)
{
    return s->policy.suspend || s->record->suspended;
}

bool condition_lost_create(const struct situation *s)
{
    return s->record->intent == INTENT_CREATE;
}

bool condition_lost_and_found(const struct situation *s)
{
    return condition_lost_create(s) && s->looked_since_lost &&
           (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS);
}

bool condition_lost_and_look_due(const struct situation *s)
{
    return condition_lost_create(s) && s->look_due;
}

bool condition_lost_and_look_due_again(const struct situation *s)
{
    return condition_lost_and_look_due(s) && s->look_failed;
}

bool condition_lost_and_look_failed(const struct situation *s)
{
    return condition_lost_create(s) && s->look_failed;
}

bool condition_lost_for_good(const struct situation *s)
{
    return condition_lost_create(s) && s->ambiguity_over;
}

bool condition_removed(const struct situation *s)
{
    return !s->declared;
}

// What is asked for, or was, while nothing of it was ever good.
bool condition_never_valid(const struct situation *s)
{
    return s->declared && s->declaration == NULL && !has_image(s);
}

bool condition_held_without_declaration(const struct situation *s)
{
    return s->declared && s->declaration == NULL;
}

bool condition_removed_without_image(const struct situation *s)
{
    return condition_removed(s) && (!has_image(s) || s->presence == PRESENCE_GONE) &&
           s->record->previous.count == 0 && s->record->snapshots.count == 0;
}

bool condition_removed_and_gone(const struct situation *s)
{
    return condition_removed(s) && has_image(s) && s->presence == PRESENCE_GONE;
}

bool condition_removed_and_not_owned(const struct situation *s)
{
    return condition_removed(s) && !s->record->owned;
}

bool condition_removed_in_grace(const struct situation *s)
{
    return condition_removed(s) && !s->grace_over;
}

bool condition_removed_as_far_as_known(const struct situation *s)
{
    return condition_removed(s) && s->blind_spot != NULL;
}

bool condition_removed_but_keep(const struct situation *s)
{
    bool owned = s->record->owned || s->record->previous.count > 0 ||
                 s->record->snapshots.count > 0;
    return condition_removed(s) && (s->policy.on_remove == ON_REMOVE_KEEP || !owned);
}

bool condition_removed_but_protected(const struct situation *s)
{
    return condition_removed(s) && s->policy.protect;
}

bool condition_removed_but_foreign(const struct situation *s)
{
    return condition_removed(s) && s->foreign;
}

bool condition_removed_and_resting(const struct situation *s)
{
    return condition_removed(s) && s->resting;
}

static bool not_seen(const struct situation *s)
{
    return has_image(s) && (s->presence == PRESENCE_UNSEEN || s->presence == PRESENCE_MISSING);
}

bool condition_removed_and_not_seen(const struct situation *s)
{
    return condition_removed(s) && not_seen(s) && s->poll_due;
}

bool condition_removed_and_not_seen_yet(const struct situation *s)
{
    return condition_removed(s) && not_seen(s);
}

bool condition_removed_in_observe_mode(const struct situation *s)
{
    return condition_removed(s) && s->observe;
}

bool condition_removed_with_brake(const struct situation *s)
{
    return condition_removed(s) && s->brake;
}

bool condition_removed_with_previous(const struct situation *s)
{
    return condition_removed(s) && s->retire_due;
}

bool condition_removed_with_previous_not_seen_yet(const struct situation *s)
{
    return condition_removed(s) && s->record->previous.count > 0 && !s->retire_due;
}

bool condition_removed_with_snapshots(const struct situation *s)
{
    return condition_removed(s) && s->snapshots_due;
}

bool condition_absent(const struct situation *s)
{
    return !has_image(s);
}

bool condition_absent_name_unknown(const struct situation *s)
{
    return condition_absent(s) && !s->name_open && !s->name_known && (!s->resting || s->conflict);
}

// A look that only goes on with something: what is shown of the last attempt stays meanwhile.
bool condition_absent_name_unknown_again(const struct situation *s)
{
    const struct record *record = s->record;
    bool tried = record->attempts > 0 || record->state == STATE_FAILED ||
                 record->reason == REASON_RETRYING || record->reason == REASON_THROTTLED;
    return condition_absent_name_unknown(s) && record->since_wall_ms != 0 && tried;
}

bool condition_absent_but_ours(const struct situation *s)
{
    return condition_absent(s) && (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS);
}

bool condition_absent_and_adoptable(const struct situation *s)
{
    if (!condition_absent(s) || s->observe)
        return false;
    return (s->kinship == KINSHIP_EQUAL && s->policy.adopt >= ADOPT_IF_EQUAL) ||
           (s->kinship == KINSHIP_STRANGER && s->policy.adopt == ADOPT_ALWAYS);
}

bool condition_absent_and_taken(const struct situation *s)
{
    return condition_absent(s) && s->kinship != KINSHIP_NONE;
}

bool condition_absent_and_resting(const struct situation *s)
{
    return condition_absent(s) && s->resting;
}

static bool exhausted(const struct situation *s)
{
    return s->policy.max_attempts != 0 && s->record->failed_builds >= s->policy.max_attempts;
}

// The failed image that is the last to be tried is left in the cloud, for people to look at.
static bool last_attempt(const struct situation *s)
{
    return !s->begins_anew && s->policy.max_attempts != 0 &&
           s->record->failed_builds + 1 >= s->policy.max_attempts;
}

bool condition_absent_and_exhausted(const struct situation *s)
{
    return condition_absent(s) && exhausted(s);
}

bool condition_absent_source_unchecked(const struct situation *s)
{
    return condition_absent(s) && s->source == SOURCE_UNCHECKED;
}

bool condition_absent_source_absent(const struct situation *s)
{
    return condition_absent(s) && s->source == SOURCE_ABSENT;
}

bool condition_absent_source_waiting(const struct situation *s)
{
    return condition_absent(s) && s->source == SOURCE_WAITING;
}

bool condition_absent_source_cycle(const struct situation *s)
{
    return condition_absent(s) && s->source == SOURCE_CYCLE;
}

bool condition_absent_in_observe_mode(const struct situation *s)
{
    return condition_absent(s) && s->observe;
}

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

static bool live_is(const struct situation *s, const char *state)
{
    return s->live != NULL && s->live->cloud_state != NULL &&
           strcmp(s->live->cloud_state, state) == 0;
}

bool condition_build_failed(const struct situation *s)
{
    return live_is(s, "failed");
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
           live_is(s, "available");
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
    return s->record->applied != NULL && s->declaration != NULL &&
           strcmp(s->record->applied, s->declaration->canonical) == 0;
}

bool condition_drift_reported(const struct situation *s)
{
    return repairable(s) && drifted(s) && s->policy.on_drift == ON_DRIFT_REPORT &&
           live_is(s, "available");
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
    return condition_repair_resting(s) && !live_is(s, "available") && s->poll_due;
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
    return !live_is(s, "available") && s->overdue && s->poll_due;
}

bool condition_overdue(const struct situation *s)
{
    return !live_is(s, "available") && s->overdue;
}

bool condition_pending_and_due(const struct situation *s)
{
    return !live_is(s, "available") && s->poll_due;
}

bool condition_pending(const struct situation *s)
{
    return !live_is(s, "available");
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
