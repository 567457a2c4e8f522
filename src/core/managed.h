// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One image that the engine looks after: its record, its declaration, and what is known just now
// and need not be remembered. Private to the engine (engine_*.c) and its tests.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/cloud.h"
#include "core/decide.h"
#include "core/declaration.h"
#include "core/record.h"
#include "core/schedule.h"

// Where a write stands. Only at rest is anything decided.
enum phase {
    PHASE_REST,
    PHASE_STORING, // the intent is being made durable; the request waits for that
    PHASE_SENT,    // its answer is awaited
};

// A look at the cloud that came back.
struct look {
    int64_t asked_ms; // monotonic; -1: there was none
    uint64_t order;   // what was asked, answered or lost before has a lower one
};

// A write, from the decision to its answer.
struct write {
    struct request *request; // until it is sent
    uint64_t serial;         // the commit that it waits for
    struct tag_list sent;    // its tags, once it is sent
    char *repairing;         // what it repairs, or NULL (core/repair.h)
    char *retiring;          // the replaced image that it deletes, or NULL
};

struct write *write_new(enum operation operation, const char *name);
void write_free(struct write *write); // NULL is fine

// There are as many of these as images, so that what only few of them have at a time stands apart,
// and members stand by their size.
struct managed {
    struct schedule_entry timer;     // first, so that the timetable's entries lead back here
    struct record *record;           // owned
    struct declaration *declaration; // in force; a reference
    struct declaration *made_from;   // parsed from the record when needed; a reference
    struct declaration *applied;     // likewise
    int64_t wished_ms;               // since when: looks at sources from before do not count
    char *invalid;                   // why the newest version cannot be used
    struct write *write;             // owned; NULL at rest

    // Of the image.
    int64_t missing_since_ms;
    int64_t pending_since_wall_ms;
    int64_t observe_at_ms; // not before: the next look, read or check
    int64_t poll_ms;       // the present wait between polls
    struct look looked;    // the last look at the name that succeeded
    uint64_t doubted;      // looks at the name with a lower order are not relied upon any more
    int64_t lost_ms;       // when the creation's answer was lost; the window counts from here
    uint64_t lost_order;   // likewise, for what was asked before it
    int64_t look_ms;       // the present wait between looks for it
    int64_t rest_until_ms; // monotonic form of the record's next attempt
    int64_t grace_end_ms;
    char *not_retired;      // a previous image that a deletion did not find, or NULL
    char *let_through;      // the image whose deletion passed the brake and counts as done, or NULL
    int64_t let_through_ms; // as noted with the brake

    // Of what it is made from.
    int64_t source_checked_ms; // of the last look by request; -1: never
    char *source_message;
    struct text_list
        sources; // ids: of the image, of the VM, or of each mapping's snapshot ("": none)
    struct source_item *found; // what the last look by request brought
    size_t found_count;
    enum source_standing source;
    bool checking_source;  // a look at it is under way
    bool source_confirmed; // a look in the last minute says so
    bool awaits_source;    // is in the engine's list of those that wait for another declaration

    bool available;     // when last seen
    unsigned not_found; // reads that found no such image, in a row
    unsigned observe_failures;
    enum phase phase;
    enum presence presence;
    bool begins_anew;    // a person asked to, so that its failure does not count any more
    bool seen_by_read;   // since the image was made
    bool unlisted;       // a healthy full list lacks it as well
    bool observing;      // a look, read or check is under way
    bool name_conflict;  // a creation was answered 409
    bool declared;       // the directory wants it
    bool invalid_told;   // what `invalid` says
    bool overtaken;      // the declaration changed while the write is stored
    bool wants_deletion; // and is counted as such by the brake
    bool dirty;          // the record must be saved
    bool counting;       // to be counted by the brake
    bool queued;         // to be decided upon
    bool waiting;        // for its turn to write
};

struct managed *managed_new(struct record *record);
void managed_free(struct managed *managed);

// Puts a declaration in force (NULL: none); takes a reference of its own.
void managed_set_declaration(struct managed *managed, struct declaration *declaration);

// Forgets all that was known of the image in the cloud, because there is another one now, or none.
void managed_reset_image(struct managed *managed);

// The declaration that the image was made from, or NULL when the record does not say.
const struct declaration *managed_made_from(struct managed *managed);

// The declaration that the live image was last seen equal to, or NULL.
const struct declaration *managed_applied(struct managed *managed);

// Forgets what those two found, because the record changed.
void managed_forget_parsed(struct managed *managed);

void managed_forget_sources(struct managed *managed);
