// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/decide.h"

// Conditions. Each reads as one clause of the rule's sentence; the rules' order supplies the rest.

static bool always(const struct situation *s)
{
    (void)s;
    return true;
}

static bool has_image(const struct situation *s)
{
    return s->record->image_id != NULL;
}

static bool suspended(const struct situation *s)
{
    return s->policy.suspend || s->record->suspended;
}

static bool lost_create(const struct situation *s)
{
    return s->record->intent == INTENT_CREATE;
}

static bool lost_and_found(const struct situation *s)
{
    return lost_create(s) && s->looked_since_lost &&
           (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS);
}

static bool lost_and_look_due(const struct situation *s)
{
    return lost_create(s) && s->look_due;
}

static bool lost_and_look_due_again(const struct situation *s)
{
    return lost_and_look_due(s) && s->look_failed;
}

static bool lost_and_look_failed(const struct situation *s)
{
    return lost_create(s) && s->look_failed;
}

static bool lost_for_good(const struct situation *s)
{
    return lost_create(s) && s->ambiguity_over;
}

static bool removed(const struct situation *s)
{
    return !s->declared;
}

// What is asked for, or was, while nothing of it was ever good.
static bool never_valid(const struct situation *s)
{
    return s->declared && s->declaration == NULL && !has_image(s);
}

static bool held_without_declaration(const struct situation *s)
{
    return s->declared && s->declaration == NULL;
}

static bool removed_without_image(const struct situation *s)
{
    return removed(s) && (!has_image(s) || s->presence == PRESENCE_GONE) &&
           s->record->previous.count == 0 && s->record->snapshots.count == 0;
}

static bool removed_in_grace(const struct situation *s)
{
    return removed(s) && !s->grace_over;
}

static bool removed_as_far_as_known(const struct situation *s)
{
    return removed(s) && s->blind_spot != NULL;
}

static bool removed_but_keep(const struct situation *s)
{
    bool owned = s->record->owned || s->record->previous.count > 0 ||
                 s->record->snapshots.count > 0;
    return removed(s) && (s->policy.on_remove == ON_REMOVE_KEEP || !owned);
}

static bool removed_but_protected(const struct situation *s)
{
    return removed(s) && s->policy.protect;
}

static bool removed_but_foreign(const struct situation *s)
{
    return removed(s) && s->foreign;
}

static bool removed_and_resting(const struct situation *s)
{
    return removed(s) && s->resting;
}

static bool not_seen(const struct situation *s)
{
    return has_image(s) && (s->presence == PRESENCE_UNSEEN || s->presence == PRESENCE_MISSING);
}

static bool removed_and_not_seen(const struct situation *s)
{
    return removed(s) && not_seen(s) && s->poll_due;
}

static bool removed_and_not_seen_yet(const struct situation *s)
{
    return removed(s) && not_seen(s);
}

static bool removed_in_observe_mode(const struct situation *s)
{
    return removed(s) && s->observe;
}

static bool removed_with_brake(const struct situation *s)
{
    return removed(s) && s->brake;
}

static bool removed_with_previous(const struct situation *s)
{
    return removed(s) && s->retire_due;
}

static bool removed_with_previous_not_seen_yet(const struct situation *s)
{
    return removed(s) && s->record->previous.count > 0 && !s->retire_due;
}

static bool removed_with_snapshots(const struct situation *s)
{
    return removed(s) && s->snapshots_due;
}

static bool absent(const struct situation *s)
{
    return !has_image(s);
}

static bool absent_name_unknown(const struct situation *s)
{
    return absent(s) && !s->name_open && !s->name_known && (!s->resting || s->conflict);
}

// A look that only goes on with something: what is shown of the last attempt stays meanwhile.
static bool absent_name_unknown_again(const struct situation *s)
{
    const struct record *record = s->record;
    bool tried = record->attempts > 0 || record->state == STATE_FAILED ||
                 record->reason == REASON_RETRYING || record->reason == REASON_THROTTLED;
    return absent_name_unknown(s) && record->since_wall_ms != 0 && tried;
}

static bool absent_but_ours(const struct situation *s)
{
    return absent(s) && (s->kinship == KINSHIP_OURS || s->kinship == KINSHIP_FITS);
}

static bool absent_and_adoptable(const struct situation *s)
{
    if (!absent(s) || s->observe)
        return false;
    return (s->kinship == KINSHIP_EQUAL && s->policy.adopt >= ADOPT_IF_EQUAL) ||
           (s->kinship == KINSHIP_STRANGER && s->policy.adopt == ADOPT_ALWAYS);
}

static bool absent_and_taken(const struct situation *s)
{
    return absent(s) && s->kinship != KINSHIP_NONE;
}

static bool absent_and_resting(const struct situation *s)
{
    return absent(s) && s->resting;
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

static bool absent_and_exhausted(const struct situation *s)
{
    return absent(s) && exhausted(s);
}

static bool absent_source_unchecked(const struct situation *s)
{
    return absent(s) && s->source == SOURCE_UNCHECKED;
}

static bool absent_source_absent(const struct situation *s)
{
    return absent(s) && s->source == SOURCE_ABSENT;
}

static bool absent_source_waiting(const struct situation *s)
{
    return absent(s) && s->source == SOURCE_WAITING;
}

static bool absent_source_cycle(const struct situation *s)
{
    return absent(s) && s->source == SOURCE_CYCLE;
}

static bool absent_in_observe_mode(const struct situation *s)
{
    return absent(s) && s->observe;
}

static bool gone_as_asked(const struct situation *s)
{
    return s->presence == PRESENCE_GONE && s->deletion_asked;
}

static bool vanished_and_reported(const struct situation *s)
{
    return s->presence == PRESENCE_GONE && s->policy.on_drift == ON_DRIFT_REPORT;
}

static bool vanished(const struct situation *s)
{
    return s->presence == PRESENCE_GONE;
}

static bool missing_and_due(const struct situation *s)
{
    return s->presence == PRESENCE_MISSING && s->poll_due;
}

static bool missing(const struct situation *s)
{
    return s->presence == PRESENCE_MISSING;
}

static bool unseen_and_due(const struct situation *s)
{
    return s->presence == PRESENCE_UNSEEN && s->poll_due;
}

static bool unseen(const struct situation *s)
{
    return s->presence == PRESENCE_UNSEEN;
}

static bool foreign(const struct situation *s)
{
    return s->foreign;
}

static bool live_is(const struct situation *s, const char *state)
{
    return s->live != NULL && s->live->cloud_state != NULL &&
           strcmp(s->live->cloud_state, state) == 0;
}

static bool build_failed(const struct situation *s)
{
    return live_is(s, "failed");
}

// What was once in use is not thrown away because the cloud calls it failed now.
static bool build_failed_for_good(const struct situation *s)
{
    bool kept = !s->record->owned || s->policy.protect || s->record->applied != NULL;
    return build_failed(s) && (kept || last_attempt(s) || s->resting || s->observe);
}

static bool change_left_alone(const struct situation *s)
{
    return s->changed->count > 0 && s->policy.on_change == ON_CHANGE_KEEP &&
           live_is(s, "available");
}

static bool changed(const struct situation *s)
{
    return s->changed->count > 0 && s->policy.on_change == ON_CHANGE_RECREATE;
}

static bool change_protected(const struct situation *s)
{
    return changed(s) && (s->policy.protect || !s->record->owned);
}

static bool change_resting(const struct situation *s)
{
    return changed(s) && s->resting;
}

static bool change_source_unchecked(const struct situation *s)
{
    return changed(s) && !s->source_checked;
}

static bool change_source_unchecked_again(const struct situation *s)
{
    enum reason reason = s->record->reason;
    return change_source_unchecked(s) &&
           (reason == REASON_SOURCE_MISSING || reason == REASON_WAITING_FOR_SOURCE ||
               reason == REASON_AWAITING_APPROVAL);
}

static bool change_source_absent(const struct situation *s)
{
    return changed(s) && s->source == SOURCE_ABSENT;
}

static bool change_source_waiting(const struct situation *s)
{
    return changed(s) && s->source == SOURCE_WAITING;
}

static bool change_makes_first(const struct situation *s)
{
    return changed(s) && s->create_first;
}

static bool change_makes_first_in_observe_mode(const struct situation *s)
{
    return change_makes_first(s) && s->observe;
}

static bool change_in_observe_mode(const struct situation *s)
{
    return changed(s) && s->observe;
}

static bool change_with_brake(const struct situation *s)
{
    return changed(s) && !s->create_first && !s->observe && s->brake;
}

static bool differs_in(const struct situation *s, const char *field)
{
    for (size_t i = 0; i < s->drift->count; i++)
        if (strcmp(s->drift->items[i].field->name, field) == 0)
            return true;
    return false;
}

static bool tag_wrong(const struct situation *s)
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

static bool drift_reported(const struct situation *s)
{
    return repairable(s) && drifted(s) && s->policy.on_drift == ON_DRIFT_REPORT &&
           live_is(s, "available");
}

static bool contested(const struct situation *s)
{
    return repairable(s) && s->repaired_in_vain;
}

static bool repair_resting(const struct situation *s)
{
    return repairable(s) && s->resting;
}

static bool repair_resting_and_due(const struct situation *s)
{
    return repair_resting(s) && !live_is(s, "available") && s->poll_due;
}

static bool repair_held_back(const struct situation *s)
{
    return repairable(s) && s->observe;
}

static bool access_wrong(const struct situation *s)
{
    return differs_in(s, "access");
}

static bool tag_superfluous(const struct situation *s)
{
    return s->surplus->count > 0;
}

static bool snapshots_resting(const struct situation *s)
{
    return s->snapshots_due && s->resting;
}

static bool snapshots_due(const struct situation *s)
{
    return s->snapshots_due && !s->observe;
}

static bool overdue_and_due(const struct situation *s)
{
    return !live_is(s, "available") && s->overdue && s->poll_due;
}

static bool overdue(const struct situation *s)
{
    return !live_is(s, "available") && s->overdue;
}

static bool pending_and_due(const struct situation *s)
{
    return !live_is(s, "available") && s->poll_due;
}

static bool pending(const struct situation *s)
{
    return !live_is(s, "available");
}

static bool follow_due(const struct situation *s)
{
    return s->follow_due;
}

static bool retire_resting(const struct situation *s)
{
    return s->retire_due && s->resting;
}

static bool retire_held_back(const struct situation *s)
{
    return s->retire_due && (s->observe || s->brake);
}

static bool retire_due(const struct situation *s)
{
    return s->retire_due;
}

static bool newest_invalid(const struct situation *s)
{
    return s->invalid != NULL;
}

static bool drifted_for_good(const struct situation *s)
{
    return s->drift->count > 0;
}

#define KEEP(name, condition, action, why)                                                         \
    {                                                                                              \
        name, condition, action, true, STATE_PENDING, REASON_RETRYING, why                         \
    }
#define SHOW(name, condition, action, state, reason, why)                                          \
    {                                                                                              \
        name, condition, action, false, STATE_##state, REASON_##reason, why                        \
    }

// clang-format off
static const struct rule rules[] = {
    SHOW("suspended", suspended, ACTION_NONE, PENDING, SUSPENDED, "suspended on request"),

    // A creation whose answer is not known comes before all else: until it is settled nothing may be made or deleted.
    SHOW("lost-found", lost_and_found, ACTION_TAKE, PENDING, CREATING, "the image whose answer was lost is there"),
    SHOW("lost-over", lost_for_good, ACTION_ABANDON, PENDING, CREATING, "the lost creation never happened"),
    KEEP("lost-look-again", lost_and_look_due_again, ACTION_LOOK, "the answer to the creation was lost, and the last look failed; looking again"),
    KEEP("lost-look-failed", lost_and_look_failed, ACTION_NONE, "the answer to the creation was lost, and the last look failed; another one comes"),
    SHOW("lost-look", lost_and_look_due, ACTION_LOOK, PENDING, CREATING, "the answer to the creation was lost; looking whether the image is there"),
    SHOW("lost-wait", lost_create, ACTION_NONE, PENDING, CREATING, "the answer to the creation was lost; looking again before another attempt"),

    // Not declared any more.
    SHOW("removed-done", removed_without_image, ACTION_FORGET, PENDING, DELETING, "nothing is left to look after"),
    SHOW("removed-grace", removed_in_grace, ACTION_NONE, PENDING, DELETING, "the declaration is gone; the image is deleted when the grace period ends"),
    SHOW("removed-unsure", removed_as_far_as_known, ACTION_NONE, PENDING, DELETING, "the declaration is gone, but a file that cannot be read may have it; nothing is deleted until that is mended"),
    SHOW("removed-keep", removed_but_keep, ACTION_FORGET, PENDING, DELETING, "the declaration is gone; the image stays in the cloud"),
    SHOW("removed-protected", removed_but_protected, ACTION_NONE, FAILED, PROTECTED, "the declaration is gone, but lifecycle.protect forbids deleting the image"),
    SHOW("removed-foreign", removed_but_foreign, ACTION_FORGET, PENDING, DELETING, "another owner's tag is on the image; it is left alone"),
    KEEP("removed-resting", removed_and_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("removed-unseen", removed_and_not_seen, ACTION_CONFIRM, PENDING, DELETING, "looking whether the image is still there"),
    SHOW("removed-unseen-wait", removed_and_not_seen_yet, ACTION_NONE, PENDING, DELETING, "looking whether the image is still there"),
    SHOW("removed-unlisted", removed_with_previous_not_seen_yet, ACTION_NONE, PENDING, DELETING, "looking whether the images that were replaced are still there"),
    SHOW("removed-observe", removed_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be deleted; observe mode does not write"),
    SHOW("removed-brake", removed_with_brake, ACTION_NONE, PENDING, AWAITING_APPROVAL, "more deletions at once than deletion.max; approve to go on"),
    SHOW("removed-retire", removed_with_previous, ACTION_RETIRE, PENDING, DELETING, "the declaration is gone; deleting an image that was replaced before"),
    SHOW("removed-snapshots", removed_with_snapshots, ACTION_DELETE_SNAPSHOT, PENDING, DELETING, "the image is gone; deleting the snapshots that were made with it"),
    SHOW("removed-delete", removed, ACTION_DELETE, PENDING, DELETING, "the declaration is gone; deleting the image"),

    // Declared, and nothing usable was ever read.
    SHOW("never-valid", never_valid, ACTION_NONE, FAILED, INVALID_DECLARATION, "the declaration cannot be used"),
    SHOW("held", held_without_declaration, ACTION_NONE, FAILED, INVALID_DECLARATION, "the declaration cannot be used and the last good one is not known; the image is left alone"),

    // Declared, and not in the cloud as far as the record knows.
    KEEP("absent-look-again", absent_name_unknown_again, ACTION_LOOK, "looking whether the name is free"),
    SHOW("absent-look", absent_name_unknown, ACTION_LOOK, PENDING, CREATING, "looking whether the name is free"),
    SHOW("absent-ours", absent_but_ours, ACTION_TAKE, PENDING, CREATING, "an image of ours bears the name"),
    SHOW("absent-adopt", absent_and_adoptable, ACTION_TAKE, PENDING, UPDATING, "adopting the image that bears the name"),
    SHOW("absent-taken", absent_and_taken, ACTION_NONE, FAILED, NAME_TAKEN, "an image that imaged did not make bears the name"),
    KEEP("absent-resting", absent_and_resting, ACTION_NONE, "the next attempt is not due"),
    KEEP("absent-exhausted", absent_and_exhausted, ACTION_NONE, "lifecycle.max_attempts creations failed"),
    SHOW("absent-source-check", absent_source_unchecked, ACTION_CHECK_SOURCE, PENDING, WAITING_FOR_SOURCE, "looking for the source"),
    SHOW("absent-source-missing", absent_source_absent, ACTION_NONE, FAILED, SOURCE_MISSING, "the source does not exist"),
    SHOW("absent-source-cycle", absent_source_cycle, ACTION_NONE, FAILED, INVALID_DECLARATION, "declarations wait for each other"),
    SHOW("absent-source-waiting", absent_source_waiting, ACTION_NONE, PENDING, WAITING_FOR_SOURCE, "the source is not ready"),
    SHOW("absent-observe", absent_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be created; observe mode does not write"),
    SHOW("absent-create", absent, ACTION_CREATE, PENDING, CREATING, "creating the image"),

    // Declared, and the record names an image.
    KEEP("gone-as-asked", gone_as_asked, ACTION_RELEASE, "the image is gone, as asked"),
    SHOW("gone-reported", vanished_and_reported, ACTION_NONE, FAILED, DRIFTED, "the image was deleted by somebody else, and lifecycle.on_drift is report"),
    SHOW("gone", vanished, ACTION_RELEASE, PENDING, CREATING, "the image was deleted by somebody else; making it again"),
    KEEP("missing-confirm", missing_and_due, ACTION_CONFIRM, "the image was not found; confirming that"),
    KEEP("missing", missing, ACTION_NONE, "the image was not found; confirming that"),
    KEEP("unseen-read", unseen_and_due, ACTION_POLL, "reading the image"),
    KEEP("unseen", unseen, ACTION_NONE, "the image was not read yet"),
    SHOW("foreign", foreign, ACTION_NONE, FAILED, CONTESTED, "another owner's tag is on the image; hands off"),
    SHOW("failed-rest", build_failed_for_good, ACTION_NONE, FAILED, IMAGE_FAILED, "the cloud failed to build the image"),
    SHOW("failed-discard", build_failed, ACTION_DELETE, FAILED, IMAGE_FAILED, "the cloud failed to build the image; removing it before the next attempt"),

    // A field changed that only a new image can have.
    SHOW("change-left", change_left_alone, ACTION_NONE, AVAILABLE, DRIFTED, "the declaration asks for what only a new image can have, and lifecycle.on_change is keep"),
    SHOW("change-protected", change_protected, ACTION_NONE, FAILED, PROTECTED, "the change needs a new image, and the present one may not be deleted"),
    KEEP("change-resting", change_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("change-brake", change_with_brake, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced, but there are more deletions at once than deletion.max; approve to go on"),
    KEEP("change-source-check-again", change_source_unchecked_again, ACTION_CHECK_SOURCE, "looking for the new image's source once more"),
    SHOW("change-source-check", change_source_unchecked, ACTION_CHECK_SOURCE, PENDING, REPLACING, "looking for the new image's source before the old image is deleted"),
    SHOW("change-source-missing", change_source_absent, ACTION_NONE, FAILED, SOURCE_MISSING, "the new image's source does not exist; the old image stays"),
    SHOW("change-source-waiting", change_source_waiting, ACTION_NONE, PENDING, WAITING_FOR_SOURCE, "the new image's source is not ready; the old image stays until then"),
    SHOW("change-first-observe", change_makes_first_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced, the new image first; observe mode does not write"),
    SHOW("change-first", change_makes_first, ACTION_SUCCEED, PENDING, REPLACING, "making the new image before the old one goes"),
    SHOW("change-observe", change_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced; observe mode does not write"),
    SHOW("change-delete", changed, ACTION_DELETE, PENDING, REPLACING, "deleting the image, to make it again as declared"),

    // A field changed that the live image can be given.
    SHOW("drift-left", drift_reported, ACTION_NONE, AVAILABLE, DRIFTED, "changed by somebody else, and lifecycle.on_drift is report"),
    SHOW("contested", contested, ACTION_NONE, FAILED, CONTESTED, "the same repair had no effect several times; left alone until the file or the image changes"),
    KEEP("repair-resting-read", repair_resting_and_due, ACTION_POLL, "reading the image; the next attempt is not due"),
    KEEP("repair-resting", repair_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("repair-observe", repair_held_back, ACTION_NONE, AVAILABLE, DRIFTED, "would be repaired; observe mode does not write"),
    SHOW("repair-tags", tag_wrong, ACTION_SET_TAGS, PENDING, UPDATING, "setting tags"),
    SHOW("repair-surplus-tags", tag_superfluous, ACTION_REMOVE_TAGS, PENDING, UPDATING, "removing tags that are not declared"),
    SHOW("repair-access", access_wrong, ACTION_SET_ACCESS, PENDING, UPDATING, "setting access"),

    SHOW("overdue-read", overdue_and_due, ACTION_POLL, PENDING, IMAGE_PENDING, "the cloud has been building the image for longer than lifecycle.timeout"),
    SHOW("overdue", overdue, ACTION_NONE, PENDING, IMAGE_PENDING, "the cloud has been building the image for longer than lifecycle.timeout"),
    SHOW("pending-read", pending_and_due, ACTION_POLL, PENDING, IMAGE_PENDING, "the cloud is building the image"),
    SHOW("pending", pending, ACTION_NONE, PENDING, IMAGE_PENDING, "the cloud is building the image"),
    KEEP("retire-resting", retire_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("retire-held-back", retire_held_back, ACTION_NONE, PENDING, AWAITING_APPROVAL, "an image that was replaced would be deleted; approve to go on"),
    SHOW("retire", retire_due, ACTION_RETIRE, PENDING, REPLACING, "deleting an image that was replaced"),
    KEEP("snapshots-resting", snapshots_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("snapshots", snapshots_due, ACTION_DELETE_SNAPSHOT, PENDING, REPLACING, "deleting the snapshots that were made with an image which is gone"),
    KEEP("follow", follow_due, ACTION_CHECK_SOURCE, "looking whether the source is still the same"),
    SHOW("newest-invalid", newest_invalid, ACTION_NONE, FAILED, INVALID_DECLARATION, "the file's newest version cannot be used; the last good one stays in force"),
    SHOW("drift-immutable", drifted_for_good, ACTION_NONE, AVAILABLE, DRIFTED, "the live image differs where only a new image could be changed, though nobody asked for a change"),
    SHOW("in-sync", always, ACTION_NONE, AVAILABLE, IN_SYNC, "as declared"),
};
// clang-format on

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_NONE] = "none",
    [ACTION_FORGET] = "forget",
    [ACTION_RELEASE] = "release",
    [ACTION_TAKE] = "take",
    [ACTION_ABANDON] = "abandon",
    [ACTION_LOOK] = "look",
    [ACTION_POLL] = "poll",
    [ACTION_CONFIRM] = "confirm",
    [ACTION_CHECK_SOURCE] = "check source",
    [ACTION_SUCCEED] = "succeed",
    [ACTION_CREATE] = "create",
    [ACTION_SET_TAGS] = "set tags",
    [ACTION_REMOVE_TAGS] = "remove tags",
    [ACTION_SET_ACCESS] = "set access",
    [ACTION_DELETE] = "delete",
    [ACTION_RETIRE] = "retire",
    [ACTION_DELETE_SNAPSHOT] = "delete snapshot",
};

struct decision decide(const struct situation *situation)
{
    const struct rule *rule = rules;
    while (!rule->holds(situation)) // the last one always holds
        rule++;
    return (struct decision){
        .action = rule->action,
        .keep_state = rule->keep_state,
        .state = rule->state,
        .reason = rule->reason,
        .rule = rule->name,
        .why = rule->why,
    };
}

const struct rule *decide_rules(size_t *count)
{
    *count = sizeof(rules) / sizeof(rules[0]);
    return rules;
}

const char *action_name(enum action action)
{
    return action_names[action];
}
