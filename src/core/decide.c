// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/condition.h"
#include "core/decide.h"

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
    SHOW("suspended", condition_suspended, ACTION_NONE, PENDING, SUSPENDED, "suspended on request"),

    // A creation whose answer is not known comes before all else: until it is settled nothing may be made or deleted.
    SHOW("lost-found", condition_lost_and_found, ACTION_TAKE, PENDING, CREATING, "the image whose answer was lost is there"),
    SHOW("lost-over", condition_lost_for_good, ACTION_ABANDON, PENDING, CREATING, "the lost creation never happened"),
    KEEP("lost-look-again", condition_lost_and_look_due_again, ACTION_LOOK, "the answer to the creation was lost, and the last look failed; looking again"),
    KEEP("lost-look-failed", condition_lost_and_look_failed, ACTION_NONE, "the answer to the creation was lost, and the last look failed; another one comes"),
    SHOW("lost-look", condition_lost_and_look_due, ACTION_LOOK, PENDING, CREATING, "the answer to the creation was lost; looking whether the image is there"),
    SHOW("lost-wait", condition_lost_create, ACTION_NONE, PENDING, CREATING, "the answer to the creation was lost; looking again before another attempt"),

    // Not declared any more.
    SHOW("removed-done", condition_removed_without_image, ACTION_FORGET, PENDING, DELETING, "nothing is left to look after"),
    KEEP("removed-gone", condition_removed_and_gone, ACTION_RELEASE, "the image is gone, and its remains are to follow"),
    SHOW("removed-grace", condition_removed_in_grace, ACTION_NONE, PENDING, DELETING, "the declaration is gone; the image is deleted when the grace period ends"),
    SHOW("removed-unsure", condition_removed_as_far_as_known, ACTION_NONE, PENDING, DELETING, "the declaration is gone, but a file that cannot be read may have it; nothing is deleted until that is mended"),
    SHOW("removed-keep", condition_removed_but_keep, ACTION_FORGET, PENDING, DELETING, "the declaration is gone; the image stays in the cloud"),
    SHOW("removed-protected", condition_removed_but_protected, ACTION_NONE, FAILED, PROTECTED, "the declaration is gone, but lifecycle.protect forbids deleting the image"),
    SHOW("removed-foreign", condition_removed_but_foreign, ACTION_FORGET, PENDING, DELETING, "another owner's tag is on the image; it is left alone"),
    KEEP("removed-resting", condition_removed_and_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("removed-unseen", condition_removed_and_not_seen, ACTION_CONFIRM, PENDING, DELETING, "looking whether the image is still there"),
    SHOW("removed-unseen-wait", condition_removed_and_not_seen_yet, ACTION_NONE, PENDING, DELETING, "looking whether the image is still there"),
    SHOW("removed-unlisted", condition_removed_with_previous_not_seen_yet, ACTION_NONE, PENDING, DELETING, "looking whether the images that were replaced are still there"),
    SHOW("removed-observe", condition_removed_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be deleted; observe mode does not write"),
    SHOW("removed-brake", condition_removed_with_brake, ACTION_NONE, PENDING, AWAITING_APPROVAL, "more deletions at once than deletion.max; approve to go on"),
    SHOW("removed-retire", condition_removed_with_previous, ACTION_RETIRE, PENDING, DELETING, "the declaration is gone; deleting an image that was replaced before"),
    SHOW("removed-snapshots", condition_removed_with_snapshots, ACTION_DELETE_SNAPSHOT, PENDING, DELETING, "the image is gone; deleting the snapshots that were made with it"),
    SHOW("removed-left", condition_removed_and_not_owned, ACTION_FORGET, PENDING, DELETING, "the declaration is gone; the image is not ours and stays"),
    SHOW("removed-delete", condition_removed, ACTION_DELETE, PENDING, DELETING, "the declaration is gone; deleting the image"),

    // Declared, and nothing usable was ever read.
    SHOW("never-valid", condition_never_valid, ACTION_NONE, FAILED, INVALID_DECLARATION, "the declaration cannot be used"),
    SHOW("held", condition_held_without_declaration, ACTION_NONE, FAILED, INVALID_DECLARATION, "the declaration cannot be used and the last good one is not known; the image is left alone"),

    // Declared, and not in the cloud as far as the record knows.
    KEEP("absent-look-again", condition_absent_name_unknown_again, ACTION_LOOK, "looking whether the name is free"),
    SHOW("absent-look", condition_absent_name_unknown, ACTION_LOOK, PENDING, CREATING, "looking whether the name is free"),
    SHOW("absent-ours", condition_absent_but_ours, ACTION_TAKE, PENDING, CREATING, "an image of ours bears the name"),
    SHOW("absent-adopt", condition_absent_and_adoptable, ACTION_TAKE, PENDING, UPDATING, "adopting the image that bears the name"),
    SHOW("absent-taken", condition_absent_and_taken, ACTION_NONE, FAILED, NAME_TAKEN, "an image that imaged did not make bears the name"),
    KEEP("absent-resting", condition_absent_and_resting, ACTION_NONE, "the next attempt is not due"),
    KEEP("absent-exhausted", condition_absent_and_exhausted, ACTION_NONE, "lifecycle.max_attempts creations failed"),
    SHOW("absent-source-check", condition_absent_source_unchecked, ACTION_CHECK_SOURCE, PENDING, WAITING_FOR_SOURCE, "looking for the source"),
    SHOW("absent-source-missing", condition_absent_source_absent, ACTION_NONE, FAILED, SOURCE_MISSING, "the source does not exist"),
    SHOW("absent-source-cycle", condition_absent_source_cycle, ACTION_NONE, FAILED, INVALID_DECLARATION, "declarations wait for each other"),
    SHOW("absent-source-waiting", condition_absent_source_waiting, ACTION_NONE, PENDING, WAITING_FOR_SOURCE, "the source is not ready"),
    SHOW("absent-observe", condition_absent_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be created; observe mode does not write"),
    SHOW("absent-create", condition_absent, ACTION_CREATE, PENDING, CREATING, "creating the image"),

    // Declared, and the record names an image.
    KEEP("gone-as-asked", condition_gone_as_asked, ACTION_RELEASE, "the image is gone, as asked"),
    SHOW("gone-reported", condition_vanished_and_reported, ACTION_NONE, FAILED, DRIFTED, "the image was deleted by somebody else, and lifecycle.on_drift is report"),
    SHOW("gone", condition_vanished, ACTION_RELEASE, PENDING, CREATING, "the image was deleted by somebody else; making it again"),
    KEEP("missing-confirm", condition_missing_and_due, ACTION_CONFIRM, "the image was not found; confirming that"),
    KEEP("missing", condition_missing, ACTION_NONE, "the image was not found; confirming that"),
    KEEP("unseen-read", condition_unseen_and_due, ACTION_POLL, "reading the image"),
    KEEP("unseen", condition_unseen, ACTION_NONE, "the image was not read yet"),
    SHOW("foreign", condition_foreign, ACTION_NONE, FAILED, CONTESTED, "another owner's tag is on the image; hands off"),
    SHOW("failed-rest", condition_build_failed_for_good, ACTION_NONE, FAILED, IMAGE_FAILED, "the cloud failed to build the image"),
    SHOW("failed-discard", condition_build_failed, ACTION_DELETE, FAILED, IMAGE_FAILED, "the cloud failed to build the image; removing it before the next attempt"),

    // A field changed that only a new image can have.
    SHOW("change-left", condition_change_left_alone, ACTION_NONE, AVAILABLE, DRIFTED, "the declaration asks for what only a new image can have, and lifecycle.on_change is keep"),
    SHOW("change-protected", condition_change_protected, ACTION_NONE, FAILED, PROTECTED, "the change needs a new image, and the present one may not be deleted"),
    KEEP("change-resting", condition_change_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("change-brake", condition_change_with_brake, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced, but there are more deletions at once than deletion.max; approve to go on"),
    KEEP("change-source-check-again", condition_change_source_unchecked_again, ACTION_CHECK_SOURCE, "looking for the new image's source once more"),
    SHOW("change-source-check", condition_change_source_unchecked, ACTION_CHECK_SOURCE, PENDING, REPLACING, "looking for the new image's source before the old image is deleted"),
    SHOW("change-source-missing", condition_change_source_absent, ACTION_NONE, FAILED, SOURCE_MISSING, "the new image's source does not exist; the old image stays"),
    SHOW("change-source-cycle", condition_change_source_cycle, ACTION_NONE, FAILED, INVALID_DECLARATION, "declarations wait for each other; the old image stays"),
    SHOW("change-source-waiting", condition_change_source_not_ready, ACTION_NONE, PENDING, WAITING_FOR_SOURCE, "the new image's source is not ready; the old image stays until then"),
    SHOW("change-first-observe", condition_change_makes_first_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced, the new image first; observe mode does not write"),
    SHOW("change-first", condition_change_makes_first, ACTION_SUCCEED, PENDING, REPLACING, "making the new image before the old one goes"),
    SHOW("change-observe", condition_change_in_observe_mode, ACTION_NONE, PENDING, AWAITING_APPROVAL, "would be replaced; observe mode does not write"),
    SHOW("change-delete", condition_changed, ACTION_DELETE, PENDING, REPLACING, "deleting the image, to make it again as declared"),

    // A field changed that the live image can be given.
    SHOW("drift-left", condition_drift_reported, ACTION_NONE, AVAILABLE, DRIFTED, "changed by somebody else, and lifecycle.on_drift is report"),
    SHOW("contested", condition_contested, ACTION_NONE, FAILED, CONTESTED, "the same repair had no effect several times; left alone until the file or the image changes"),
    KEEP("repair-resting-read", condition_repair_resting_and_due, ACTION_POLL, "reading the image; the next attempt is not due"),
    KEEP("repair-resting", condition_repair_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("repair-observe", condition_repair_held_back, ACTION_NONE, AVAILABLE, DRIFTED, "would be repaired; observe mode does not write"),
    SHOW("repair-tags", condition_tag_wrong, ACTION_SET_TAGS, PENDING, UPDATING, "setting tags"),
    SHOW("repair-surplus-tags", condition_tag_superfluous, ACTION_REMOVE_TAGS, PENDING, UPDATING, "removing tags that are not declared"),
    SHOW("repair-access", condition_access_wrong, ACTION_SET_ACCESS, PENDING, UPDATING, "setting access"),

    SHOW("overdue-read", condition_overdue_and_due, ACTION_POLL, PENDING, IMAGE_PENDING, "the cloud has been building the image for longer than lifecycle.timeout"),
    SHOW("overdue", condition_overdue, ACTION_NONE, PENDING, IMAGE_PENDING, "the cloud has been building the image for longer than lifecycle.timeout"),
    SHOW("pending-read", condition_pending_and_due, ACTION_POLL, PENDING, IMAGE_PENDING, "the cloud is building the image"),
    SHOW("pending", condition_pending, ACTION_NONE, PENDING, IMAGE_PENDING, "the cloud is building the image"),
    KEEP("retire-resting", condition_retire_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("retire-held-back", condition_retire_held_back, ACTION_NONE, PENDING, AWAITING_APPROVAL, "an image that was replaced would be deleted; approve to go on"),
    SHOW("retire", condition_retire_due, ACTION_RETIRE, PENDING, REPLACING, "deleting an image that was replaced"),
    KEEP("snapshots-resting", condition_snapshots_resting, ACTION_NONE, "the next attempt is not due"),
    SHOW("snapshots", condition_snapshots_due, ACTION_DELETE_SNAPSHOT, PENDING, REPLACING, "deleting the snapshots that were made with an image which is gone"),
    KEEP("follow", condition_follow_due, ACTION_CHECK_SOURCE, "looking whether the source is still the same"),
    SHOW("newest-invalid", condition_newest_invalid, ACTION_NONE, FAILED, INVALID_DECLARATION, "the file's newest version cannot be used; the last good one stays in force"),
    SHOW("drift-immutable", condition_drifted_for_good, ACTION_NONE, AVAILABLE, DRIFTED, "the live image differs where only a new image could be changed, though nobody asked for a change"),
    SHOW("in-sync", condition_always, ACTION_NONE, AVAILABLE, IN_SYNC, "as declared"),
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
