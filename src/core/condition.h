// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The conditions of the rules by which core/decide.c decides: each says of a situation what its
// name says, as one clause of the rule's sentence, and nothing of what is to be done. A rule is
// only asked when those before it did not hold, so that most conditions leave out what the rules'
// order supplies.
#pragma once

#include "core/decide.h"

bool condition_always(const struct situation *s);
bool condition_suspended(const struct situation *s);

// A creation whose answer is lost.
bool condition_lost_create(const struct situation *s);
bool condition_lost_and_found(const struct situation *s);
bool condition_lost_and_look_due(const struct situation *s);
bool condition_lost_and_look_due_again(const struct situation *s);
bool condition_lost_and_look_failed(const struct situation *s);
bool condition_lost_for_good(const struct situation *s);

// Not declared any more.
bool condition_removed(const struct situation *s);
bool condition_removed_without_image(const struct situation *s);
bool condition_removed_and_gone(const struct situation *s);
bool condition_removed_and_not_owned(const struct situation *s);
bool condition_removed_in_grace(const struct situation *s);
bool condition_removed_as_far_as_known(const struct situation *s);
bool condition_removed_but_keep(const struct situation *s);
bool condition_removed_but_protected(const struct situation *s);
bool condition_removed_but_foreign(const struct situation *s);
bool condition_removed_and_resting(const struct situation *s);
bool condition_removed_and_not_seen(const struct situation *s);
bool condition_removed_and_not_seen_yet(const struct situation *s);
bool condition_removed_in_observe_mode(const struct situation *s);
bool condition_removed_with_brake(const struct situation *s);
bool condition_removed_with_previous(const struct situation *s);
bool condition_removed_with_previous_not_seen_yet(const struct situation *s);
bool condition_removed_with_snapshots(const struct situation *s);

// Declared, and nothing usable was ever read.
bool condition_never_valid(const struct situation *s);
bool condition_held_without_declaration(const struct situation *s);

// Declared, and the record names no image.
bool condition_absent(const struct situation *s);
bool condition_absent_name_unknown(const struct situation *s);
bool condition_absent_name_unknown_again(const struct situation *s);
bool condition_absent_but_ours(const struct situation *s);
bool condition_absent_and_adoptable(const struct situation *s);
bool condition_absent_and_taken(const struct situation *s);
bool condition_absent_and_resting(const struct situation *s);
bool condition_absent_and_exhausted(const struct situation *s);
bool condition_absent_source_unchecked(const struct situation *s);
bool condition_absent_source_absent(const struct situation *s);
bool condition_absent_source_waiting(const struct situation *s);
bool condition_absent_source_cycle(const struct situation *s);
bool condition_absent_in_observe_mode(const struct situation *s);

// condition_present.c: declared, and the record names an image.
bool condition_gone_as_asked(const struct situation *s);
bool condition_vanished_and_reported(const struct situation *s);
bool condition_vanished(const struct situation *s);
bool condition_missing_and_due(const struct situation *s);
bool condition_missing(const struct situation *s);
bool condition_unseen_and_due(const struct situation *s);
bool condition_unseen(const struct situation *s);
bool condition_foreign(const struct situation *s);
bool condition_build_failed(const struct situation *s);
bool condition_build_failed_for_good(const struct situation *s);

// A field changed that only a new image can have.
bool condition_change_left_alone(const struct situation *s);
bool condition_changed(const struct situation *s);
bool condition_change_protected(const struct situation *s);
bool condition_change_resting(const struct situation *s);
bool condition_change_source_unchecked(const struct situation *s);
bool condition_change_source_unchecked_again(const struct situation *s);
bool condition_change_source_absent(const struct situation *s);
bool condition_change_source_cycle(const struct situation *s);
bool condition_change_source_not_ready(const struct situation *s);
bool condition_change_makes_first(const struct situation *s);
bool condition_change_makes_first_in_observe_mode(const struct situation *s);
bool condition_change_in_observe_mode(const struct situation *s);
bool condition_change_with_brake(const struct situation *s);

// A field differs that the live image can be given.
bool condition_tag_wrong(const struct situation *s);
bool condition_drift_reported(const struct situation *s);
bool condition_contested(const struct situation *s);
bool condition_repair_resting(const struct situation *s);
bool condition_repair_resting_and_due(const struct situation *s);
bool condition_repair_held_back(const struct situation *s);
bool condition_access_wrong(const struct situation *s);
bool condition_tag_superfluous(const struct situation *s);

// All else.
bool condition_snapshots_resting(const struct situation *s);
bool condition_snapshots_due(const struct situation *s);
bool condition_overdue_and_due(const struct situation *s);
bool condition_overdue(const struct situation *s);
bool condition_pending_and_due(const struct situation *s);
bool condition_pending(const struct situation *s);
bool condition_follow_due(const struct situation *s);
bool condition_retire_resting(const struct situation *s);
bool condition_retire_held_back(const struct situation *s);
bool condition_retire_due(const struct situation *s);
bool condition_newest_invalid(const struct situation *s);
bool condition_drifted_for_good(const struct situation *s);
