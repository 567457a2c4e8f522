// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The decision: what to do with one image next, as a pure function of what is declared, what is
// remembered and what is seen. It is an ordered table of rules, of which the first that holds
// decides; the same table is printed in the manual.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/declaration.h"
#include "core/diff.h"
#include "core/instant.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/state.h"

// What is known of the image that the record names.
enum presence {
    PRESENCE_NONE,    // the record names no image
    PRESENCE_UNSEEN,  // not observed since start or since it was made
    PRESENCE_PRESENT, // seen
    PRESENCE_MISSING, // the last look did not find it: not believed yet
    PRESENCE_GONE,    // several looks over a minute agree that it is gone
};

// How an image that bears the name in the cloud, and is not the record's, relates to us.
enum kinship {
    KINSHIP_NONE, // there is no such image
    KINSHIP_OURS, // it carries this installation's ownership tags for this declaration
    // Made after a creation of ours whose answer was lost; it fits, and nobody else claims it.
    KINSHIP_FITS,
    KINSHIP_EQUAL,    // not ours, but equal to the declaration
    KINSHIP_STRANGER, // not ours, and different
    KINSHIP_FOREIGN,  // another owner's tag is on it
};

enum source_standing {
    SOURCE_UNCHECKED, // existence is not known
    SOURCE_READY,     // there, and usable
    SOURCE_WAITING,   // not there or not usable yet: comes by itself or not at all
    SOURCE_ABSENT,    // a literal id that does not exist
    SOURCE_CYCLE,     // declarations wait for each other
};

// All that a decision depends on. Everything is borrowed.
struct situation {
    // In force; NULL: none was ever good, or the file is gone.
    const struct declaration *declaration;
    bool declared;       // the directory wants the image
    const char *invalid; // why the newest version of the file cannot be used; NULL: it can
    const struct record *record;
    struct policy policy;

    // The record's image. `live` is as last seen, with acknowledged writes applied; NULL unless it
    // is present.
    enum presence presence;
    const struct image *live;
    bool foreign;                          // another owner's tag is on it
    const struct difference_list *drift;   // of it against the declaration
    const struct difference_list *changed; // of what was declared; only a new image can have it
    const struct tag_list *surplus;        // its tags that are to go
    bool poll_due;                         // it may be read again
    bool overdue;                          // the cloud builds it for longer than lifecycle.timeout
    bool begins_anew;                      // that it failed does not count among the attempts
    bool repaired_in_vain;                 // the difference outlived several repairs
    bool deletion_asked;                   // a request to delete it may have been applied

    // Whoever bears the name in the cloud and is not the record's image; NULL and NONE: nobody.
    const struct image *namesake;
    enum kinship kinship;
    bool name_known; // the name was looked up recently enough to trust that nobody bears it
    bool name_open;  // the name depends on a source that was not found yet
    bool conflict;   // the last creation was answered 409: somebody may bear the name

    // A creation whose answer is lost.
    bool looked_since_lost; // the name was looked up after that
    bool look_due;          // the next look is due
    bool look_failed;       // the last one got no usable answer, which is what is shown
    bool ambiguity_over;    // the window passed, and a look after its end found nothing

    // What the next image is made from.
    enum source_standing source;
    bool source_checked; // a read in this minute confirms it: needed before a replacement deletes
    bool follow_due;     // a followed source is to be looked for again
    bool create_first;   // the new image has another name: it comes before the old one goes

    // What holds back, and what else is due.
    bool resting;           // the next attempt is not due
    bool grace_over;        // the removal has waited long enough
    const char *blind_spot; // a file that cannot be read, in which any name may stand; NULL: none
    bool brake;             // deletions wait for approval
    bool observe;           // no writes at all
    bool retire_due;        // an image that was replaced is to go
    bool snapshots_due;     // snapshots of an image that is gone are to go as well
};

enum action {
    ACTION_NONE,         // nothing to do until something changes
    ACTION_FORGET,       // drop the record
    ACTION_RELEASE,      // drop the image from the record: it is gone
    ACTION_TAKE,         // the namesake is ours: remember it
    ACTION_ABANDON,      // the creation never happened: clear the intent
    ACTION_LOOK,         // look the name up
    ACTION_POLL,         // read the image
    ACTION_CONFIRM,      // read the image to see whether it is really gone
    ACTION_CHECK_SOURCE, // see whether the source exists and is usable
    ACTION_SUCCEED,      // let the image go to those that were replaced, and make the next one
    ACTION_CREATE,
    ACTION_SET_TAGS,
    ACTION_REMOVE_TAGS,
    ACTION_SET_ACCESS,
    ACTION_DELETE,
    ACTION_RETIRE,          // delete the oldest image that was replaced
    ACTION_DELETE_SNAPSHOT, // of an image that is gone
    ACTION_COUNT,
};

struct decision {
    enum action action;
    bool keep_state; // state and reason stay as the record has them
    enum image_state state;
    enum reason reason;
    const char *rule; // the name of the rule that decided
    const char *why;  // one sentence, static
};

struct rule {
    const char *name; // unique, for tests and the manual
    bool (*holds)(const struct situation *);
    enum action action;
    bool keep_state;
    enum image_state state;
    enum reason reason;
    const char *why;
};

struct decision decide(const struct situation *situation);

// The table, for the manual and for the test that every rule is reached.
const struct rule *decide_rules(size_t *count);
const char *action_name(enum action action);
