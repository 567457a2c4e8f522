// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The conditions of a creation whose answer is lost, of what is not declared any more, and of what
// is declared and has no image on record.
#include "config.h"

#include "core/condition.h"

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

// What is asked for, or was, while nothing of it was ever good.
bool condition_never_valid(const struct situation *s)
{
    return s->declaration == NULL && !has_image(s);
}

bool condition_held_without_declaration(const struct situation *s)
{
    return s->declaration == NULL;
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
    return s->record->failed_builds >= s->policy.max_attempts;
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
