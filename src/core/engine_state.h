// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the parts of the engine share. Private to engine_*.c: engine.c dispatches and schedules,
// engine_directory.c turns files into wishes, engine_situation.c gathers what a decision needs,
// engine_act.c carries decisions out, engine_ask.c asks the cloud, engine_observe.c and
// engine_list.c take in what it shows, engine_answer.c what writes brought, engine_brake.c holds
// back deletions, engine_queue.c says who is looked at in which turn, engine_operator.c serves
// people, engine_source.c finds what images are made from, engine_wanted.c says what they come to,
// engine_retire.c lets go of those that were replaced.
#pragma once

#include "core/brake.h"
#include "core/catalogue.h"
#include "core/engine.h"
#include "core/hash.h"
#include "core/managed.h"
#include "core/name_order.h"
#include "core/random.h"
#include "core/schedule.h"
#include "core/search.h"
#include "core/text_index.h"
#include "core/view.h"

#define NAME_KNOWN_MS   (60 * 1000)      // a look at a name is relied upon for so long
#define SOURCE_KNOWN_MS (60 * 1000)      // a look at a source likewise
#define SLOW_RETRY_MS   (60 * 60 * 1000) // where a person is needed
#define GONE_READS      3                // reads that must miss an image before it counts as gone
#define REPAIRS_IN_VAIN 3
#define TARGETS_PER_REQUEST                                                                        \
    100 // keeps a query well under the length that a server refuses with 414
#define CLOCK_TOLERANCE_MS (5 * 60 * 1000)

// A request under way, and on whose behalf.
struct outstanding {
    uint64_t id;
    enum operation operation;
    int64_t asked_ms;         // monotonic
    struct text_list names;   // declared ones
    struct text_list targets; // as many, where images were asked for by id or name
    UT_hash_handle hh;
};

// Managed images collected during a turn for one bulk request, or in a queue.
struct gathering {
    struct managed **items;
    size_t first; // where a queue begins: those before were taken from it
    size_t count; // where it ends; 0 when it is empty
    size_t capacity;
};

// A visit to all managed images, so many a turn. Images that come while it goes on, or go, are seen
// by it or not.
struct image_walk {
    bool active;
    char *last; // the name of the one that was visited last; NULL: none yet
};

// What a reading of the directory brought, while it is being taken in.
struct intake {
    bool active;
    bool completes; // after it, the whole directory was read
    bool blind;     // before it, any name might have stood in some file
    bool doubtful;  // the directory is at fault: what is gone from it is only said to be
    struct declaration_file **files;
    size_t file_count;
    size_t files_trusted;
    size_t files_taken;
    struct text_list gone; // paths; each freed when taken, as the touched names
    size_t gone_taken;
    bool all;                 // the standing of any known name may have changed
    struct image_walk known;  // over those, before the touched
    struct text_list touched; // names whose standing may have changed
    size_t names_taken;
};

// A full list goes through these, the middle ones in portions.
enum listing_stage {
    LISTING_NONE,
    LISTING_ASKED,
    LISTING_IMAGES, // it moves into the view
    LISTING_COUNT,  // ours that it shows, and those that it lacks
    LISTING_TAKE,   // what it says of ours
    LISTING_SWEEP,  // what it does not show, and is not ours, is gone
    LISTING_END,
};

struct listing {
    enum listing_stage stage;
    struct outstanding asked; // id and time
    struct image_list images;
    size_t images_taken;
    struct image_walk walk; // over ours
    size_t ours;            // that were seen at all
    size_t tracked;
    size_t missing;
    size_t lost_copies; // creations by copying an image of which no answer is known
};

struct engine {
    struct engine_options options;
    char *installation;
    struct lifecycle defaults;

    struct catalogue *catalogue;
    struct text_index managed;                // by name
    struct name_order *by_name;               // the same, for walks in that order
    size_t counts[STATE_COUNT][REASON_COUNT]; // how many images are in each
    size_t observing;                         // how many are being looked at
    struct view *view;
    struct searches *searches; // in the view
    struct schedule schedule;
    struct random random;
    struct brake brake;
    bool brake_told;                 // that it holds
    size_t targets_limit;            // of a request; halved when the API calls a query too long
    struct outstanding *outstanding; // by id
    uint64_t order;     // of what happened last: requests, which have it as their id, and answers
    uint64_t serial;    // of the last commit asked for
    uint64_t committed; // and of the last that is durable
    uint64_t revision;

    bool loaded;
    bool directory_read;
    char *directory_fault;
    bool directory_emptied; // and that is the fault: an operator may say that it is meant
    char *api_fault;
    char *record_fault;
    unsigned api_failures; // observations in a row
    struct look listed;    // the last healthy full list
    int64_t list_at_ms;    // when the next one is due
    struct listing listing;
    bool emptiness_accepted; // an operator doubts that an empty list is a fault
    bool list_asked; // by an operator, or at the start, to see whether the API lets us: though
                     // there may be no image to look after
    unsigned list_failures; // in a row
    bool server_clock_known;
    int64_t server_offset_ms; // the API's wall clock less our monotonic one, which never jumps

    size_t writing; // images that store or have sent a write
    struct gathering storing;
    struct intake intake;
    struct image_walk queueing; // of all
    struct gathering counting;  // by the brake, before anything is decided
    struct gathering queue;     // to be decided upon
    struct gathering waiting;   // for their turn to write
    struct gathering looks;
    struct gathering polls;
    struct gathering confirms;
    struct gathering checks;   // of sources
    struct gathering awaiting; // another declaration's image, as their source

    // Only during engine_handle:
    struct instant now;
    struct effects *effects;
};

void gathering_add(struct gathering *gathering, struct managed *managed);
void gathering_remove(struct gathering *gathering, const struct managed *managed);
// Takes so many from the front of a queue. However long it is, each costs the same.
void gathering_drop_first(struct gathering *gathering, size_t count);
void gathering_deinit(struct gathering *gathering);

// engine.c
struct managed *engine_find(const struct engine *engine, const char *name);
struct managed *engine_add(struct engine *engine, struct record *record);
void engine_drop(struct engine *engine, struct managed *managed); // with its record, durably
void engine_set_observing(struct engine *engine, struct managed *managed, bool observing);
void engine_report(struct engine *engine, enum report_kind kind, const struct managed *managed,
    const char *format, ...) PRINTF_LIKE(4, 5);
// Shows a state; one history row and one report for each change of state or reason, none for a
// change of message alone.
void engine_show(struct engine *engine, struct managed *managed, enum image_state state,
    enum reason reason, const char *message);
void engine_rest(struct engine *engine, struct managed *managed, int64_t delay_ms);
void engine_unrest(struct managed *managed);
// A number above all before: what is asked from now on comes after it.
uint64_t engine_order(struct engine *engine);
// Puts the fault in place of the older one, tells about its coming and going, and returns whether
// it came or went.
bool engine_set_fault(struct engine *engine, char **fault, const char *text, enum report_kind came,
    enum report_kind went);
// The API's wall clock, as far as known.
int64_t engine_server_ms(const struct engine *engine);

// engine_queue.c
// To be counted by the brake, and decided upon.
void engine_queue(struct engine *engine, struct managed *managed);
void engine_queue_all(struct engine *engine); // in portions, before anything is decided
// Begins with the first again.
void engine_walk_begin(struct image_walk *walk);
// Visits the next ones, at most `limit`. A visit must neither add nor drop an image. Whether the
// walk has come to its end.
bool engine_walk(struct engine *engine, struct image_walk *walk, size_t limit,
    void (*visit)(struct engine *engine, struct managed *managed));
// A turn's work, of what is due and queued.
void engine_work(struct engine *engine);

// engine_brake.c
// Counts the image, or counts it no longer, among those that are to be deleted or replaced.
void engine_count_deletion(struct engine *engine, struct managed *managed);
bool engine_brake_holds(
    const struct engine *engine, const struct managed *managed, bool retire_due);
// Tells once when the brake begins to hold.
void engine_tell_brake(struct engine *engine);
// The image's deletion is about to be sent, for the first time or again.
void engine_note_deletion(struct engine *engine, struct managed *managed, const char *image_id);
// It was not sent after all.
void engine_take_back_deletion(struct engine *engine, struct managed *managed);

// engine_directory.c
void engine_load(struct engine *engine, struct record_list *records);
void engine_directory(struct engine *engine, struct directory_event *event);
// Takes in at most so many of the files, and then of the names, that the last event brought.
void engine_take_in(struct engine *engine, size_t limit);
void engine_drop_intake(struct engine *engine);
// All files vanished, and an operator says that this is meant: the wishes are withdrawn, and wait
// out their grace.
void engine_accept_emptied_directory(struct engine *engine);

// engine_wanted.c
// The image as wanted in the cloud: declared, with sources, placeholders and ownership tags put in.
struct wanted {
    struct image image;   // borrows from the declaration or from `own`
    struct tag_list tags; // of a declaration that is literal
    struct image *own;    // of one that is not
};
// What is wanted now; while a creation's answer is lost, what that asked for. The image must have a
// declaration, or such an intent.
void engine_wanted(const struct engine *engine, struct managed *managed, struct wanted *wanted);
void engine_wanted_of(const struct engine *engine, const struct declaration *declaration,
    const struct text_list *sources, struct wanted *wanted);
void wanted_deinit(struct wanted *wanted);
// The sources that count: those the image was made from, or, where it follows them or is to be
// made, those found now. Empty: not known.
void engine_sources(struct managed *managed, struct text_list *sources);
bool engine_follows(const struct managed *managed);

// engine_situation.c
struct sight {             // what a situation borrows
    struct image live;     // opened, from the view
    struct image namesake; // likewise
    struct difference_list drift;
    struct difference_list changed;
    struct tag_list surplus;
};
struct situation engine_situation(
    struct engine *engine, struct managed *managed, struct sight *sight);
// Whether the present image, if it failed, is none of the attempts that lifecycle.max_attempts
// counts: a person asked for new ones, or it was made from an older version of the file.
bool engine_begins_anew(struct managed *managed);
void sight_deinit(struct sight *sight);
// The namesake that a TAKE takes, or NULL.
struct view_image *engine_kin(
    struct engine *engine, struct managed *managed, enum kinship *kinship);
bool engine_foreign(const struct engine *engine, const struct image *image);
// Whether we asked for the end of the record's image, and do not know yet whether that came.
bool engine_deletion_asked(const struct managed *managed);

// engine_act.c
void engine_reconcile(struct engine *engine, struct managed *managed);
// After the intents up to `committed` are durable: their requests leave.
void engine_release_stored(struct engine *engine);

// engine_ask.c
// Takes over both lists.
void engine_submit(struct engine *engine, struct request *request, const struct text_list *names,
    const struct text_list *targets);
void engine_observe_later(struct engine *engine, struct managed *managed);
bool engine_may_list(const struct engine *engine);
void engine_flush(struct engine *engine); // asks for what was gathered
// The name under which the image is looked for; the caller frees it.
char *engine_name_target(const struct engine *engine, struct managed *managed);

// engine_observe.c
void engine_observed(struct engine *engine, struct outstanding *outstanding, struct answer *answer);
// The image was seen, as `live` shows it.
void engine_see(struct engine *engine, struct managed *managed, const struct image *live);
// A read did not find the image.
void engine_miss(struct engine *engine, struct managed *managed);
// A healthy list did not show it.
void engine_miss_in_list(struct engine *engine, struct managed *managed);
// Whether its end was asked for, so that it takes less to believe it.
bool engine_is_expected_to_go(const struct managed *managed);
// What a look says of the record's image. One that was seen, made or changed after the look was
// asked for is known better than that.
enum sighting { SIGHTING_SHOWN, SIGHTING_LACKING, SIGHTING_OUTDATED };
enum sighting engine_sighting(
    struct engine *engine, const struct managed *managed, const struct outstanding *outstanding);
// The look showed it.
void engine_see_shown(struct engine *engine, struct managed *managed);
// The packed image moves into the view; a dead one is dropped from there.
void engine_take_image(
    struct engine *engine, const struct outstanding *outstanding, struct packed *image);
void engine_set_api_fault(struct engine *engine, const char *text); // NULL: it is well

// engine_list.c
void engine_listed(
    struct engine *engine, const struct outstanding *outstanding, struct answer *answer);
// Goes on with the list that was answered: one stage, or about so many images of it.
void engine_take_list(struct engine *engine, size_t limit);
bool engine_takes_list(const struct engine *engine);
void engine_drop_listing(struct engine *engine);

// engine_answer.c
// The record's image is gone by our own doing.
void engine_deleted(struct engine *engine, struct managed *managed);
void engine_answered(struct engine *engine, struct managed *managed, enum operation operation,
    struct answer *answer);

// engine_source.c
// The image became available, or is wanted again: those that wait for it as their source are looked
// at again.
void engine_wake_dependents(struct engine *engine, const struct managed *source);
void engine_resolve_source(struct engine *engine, struct managed *managed);
struct request *engine_source_request(struct engine *engine, const struct managed *managed);
void engine_source_answered(struct engine *engine, struct managed *managed, struct answer *answer);

// Whether a followed source, of which the full list says nothing, is to be asked for again.
bool engine_follow_due(const struct engine *engine, const struct managed *managed);

// engine_retire.c
void engine_succeed(struct engine *engine, struct managed *managed);
void engine_forget_previous(struct managed *managed, const char *id);
void engine_prune_previous(struct engine *engine, struct managed *managed);
bool engine_retire_due(
    const struct engine *engine, const struct managed *managed, const struct situation *situation);
// The deletion of `managed->write->retiring` was acknowledged.
void engine_retired(struct engine *engine, struct managed *managed);

// engine_snapshots.c
// Notes the snapshots that were made with an image which is about to be deleted, where policy wants
// them gone as well.
void engine_doom_snapshots(struct engine *engine, struct managed *managed, const char *image_id,
    const struct policy *policy);
// The deletion surely did not take place.
void engine_spare_snapshots(struct engine *engine, struct managed *managed, const char *image_id);
// Its snapshots are not known to have been made with it, and stay whatever becomes of it.
void engine_spare_for_good(struct managed *managed, const char *image_id);
// As above, if the record says so of its image, which is about to become a previous one.
void engine_remember_origin(struct managed *managed);
// The image is gone.
void engine_forget_origin(struct managed *managed, const char *image_id);
// The first of them is gone.
void engine_snapshot_deleted(struct managed *managed);

// engine_operator.c
void engine_command(struct engine *engine, const struct command *command);
