// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The engine: brings the cloud to the directory, one image at a time. Pure: events and the time go
// in, effects come out; it has no I/O, no clock and no globals, so that the daemon, `plan`, and
// simulated days run the same code. Whoever drives it calls engine_handle for every event, carries
// out the effects in their order, and calls again with EVENT_TIMER at engine_next_wake.
//
// What it promises, whatever is lost or killed in between:
// - no request that writes is wanted before the record that remembers it is durable;
// - a creation whose answer was lost is looked for before another one, through the whole ambiguity
// window;
// - nothing is deleted that the record, or the ownership tags, do not call ours; nor inside the
// grace period; nor past the
//   brake without approval; nor because a directory or an API is unwell.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/catalogue.h"
#include "core/cloud.h"
#include "core/declaration.h"
#include "core/diff.h"
#include "core/effects.h"
#include "core/instant.h"
#include "core/record.h"

struct engine;

// All durations in milliseconds. Texts are copied.
struct engine_options {
    const char *installation; // value of the tag imaged.owner
    bool ownership_tags;
    bool observe;                     // no writes
    const struct lifecycle *defaults; // copied
    int64_t pending_minimum_ms;       // first and longest wait between polls of a pending image
    int64_t pending_maximum_ms;
    int64_t resync_ms; // between full lists, give or take a tenth
    int64_t grace_ms;  // a removed declaration waits that long
    int64_t ambiguity_window_ms;
    int64_t gone_after_ms;     // an image must be missed for that long to count as gone
    uint32_t deletion_maximum; // deletions and replacements within the window without approval
    int64_t deletion_window_ms;
    size_t images_per_turn;   // about so many are decided upon by one call, the others by the next
                              // ones; 0: all
    size_t concurrent_writes; // writes that are stored or sent at a time
    uint64_t seed;            // of the jitter
};

// The options that design.md names as defaults, without an installation.
struct engine_options engine_default_options(void);

enum event_kind {
    EVENT_LOADED,        // `records`: what was remembered; first of all events, once
    EVENT_DIRECTORY,     // `directory`
    EVENT_COMMITTED,     // `serial`: all up to it is durable
    EVENT_COMMIT_FAILED, // `text`: why; it will be tried again
    EVENT_ANSWER,        // `answer`
    EVENT_COMMAND,       // `command`
    EVENT_TIMER,         // time passed
};

// A turn of the directory's watch. Files and `gone` are taken over by the engine.
struct directory_event {
    const char *fault; // the directory is not there, not readable…: nothing else is known then;
                       // NULL: it was read
    bool complete;     // the whole directory was read
    bool replaced;     // it is another directory than before
    size_t present;    // declaration files in it now
    struct declaration_file **changed; // each set to NULL when taken
    size_t changed_count;
    struct text_list gone; // paths; left empty
};

enum command_kind {
    COMMAND_RETRY,   // forget back-off and failures
    COMMAND_REFRESH, // read the images again
    COMMAND_SUSPEND,
    COMMAND_RESUME,
    COMMAND_APPROVE, // let deletions pass the brake
};

struct command {
    enum command_kind kind;
    const char *name; // NULL: all
    const char *by;   // on whose behalf ("uid 1000"), for the report; or NULL
};

struct event {
    enum event_kind kind;
    union {
        struct {
            struct record_list *records; // emptied
            const char *deletions;       // the setting ENGINE_SETTING_DELETIONS, or NULL
        } loaded;
        struct directory_event *directory;
        uint64_t serial;
        const char *text;
        struct answer *answer; // its images are taken over
        const struct command *command;
    };
};

// The key under which the times of recent deletions are kept (EFFECT_SETTING).
#define ENGINE_SETTING_DELETIONS "deletions"

struct engine *engine_new(const struct engine_options *options) CHECK_RESULT;
void engine_free(struct engine *engine); // NULL is fine

// New options, as a reload brings them. What is under way is not disturbed.
void engine_configure(struct engine *engine, const struct engine_options *options);

// Effects are added behind those that are there; `effects->serial` is set when there is something
// to commit.
void engine_handle(
    struct engine *engine, const struct event *event, struct instant now, struct effects *effects);

// Whether images wait for the next call, which is then due at once.
bool engine_busy(const struct engine *engine);

// Monotonic; INSTANT_NEVER when only an event can change anything.
int64_t engine_next_wake(const struct engine *engine);

// Whether the command's name is known; commands for unknown names do nothing.
bool engine_knows(const struct engine *engine, const char *name);

// Nothing is under way and no image is on its way: all is available, failed, or waiting for a
// person or a source.
bool engine_settled(const struct engine *engine);

// How one image stands; all borrowed, valid until the next event.
struct image_status {
    const struct record *record;
    const struct declaration *declaration; // in force, or NULL
    const char *invalid;                   // why the newest version cannot be used, or NULL
    const struct packed *live;             // as last seen (image_open() opens it), or NULL
    bool declared;
    bool in_flight;                // a write is stored or sent
    int64_t next_ms;               // monotonic: when it is looked at again by itself; INSTANT_NEVER
    int64_t pending_since_wall_ms; // since when the cloud builds the image; 0: it does not
};

void engine_each(const struct engine *engine,
    void (*visit)(const struct image_status *status, void *data), void *data);
// Some of them, by name, from the first whose name comes behind `after` (NULL: from the first):
// whoever has to stop in between goes on behind the last one. Returns how many were visited; less
// than `limit`: that was the end.
size_t engine_each_after(const struct engine *engine, const char *after, size_t limit,
    void (*visit)(const struct image_status *status, void *data), void *data);
bool engine_status(const struct engine *engine, const char *name, struct image_status *status);

// The differences that a person would want to see of one image; the caller frees with
// difference_list_deinit.
void engine_differences(const struct engine *engine, const char *name, struct difference_list *out);

struct plan;

// What would be done with an image (core/plan.h); false for an unknown name. The caller frees the
// plan.
bool engine_plan(struct engine *engine, const char *name, struct instant now, struct plan *plan);
// The same for each of these declarations as if the directory held them all, in place of what it
// holds of their names, which must differ. Nothing of it stays.
void engine_plan_declarations(struct engine *engine, struct declaration *const *declarations,
    size_t count, struct instant now, struct plan *plans);

// Any image that the last look at the cloud showed, ours or not, for image_open(); NULL: none.
// Borrowed until the next event.
const struct packed *engine_seen(const struct engine *engine, const char *image_id);

struct engine_summary {
    size_t total;
    size_t states[STATE_COUNT];
    size_t counts[STATE_COUNT][REASON_COUNT];
    size_t awaiting_approval;
    struct catalogue_counts declarations;
    const char *directory_fault; // NULL: well
    const char *api_fault;
    const char *record_fault;
    bool directory_read; // at least once since start
    bool cloud_listed;   // at least once since start
    int64_t listed_ms;   // monotonic: when the last healthy list was asked for; -1: never
    uint64_t revision;   // changes whenever something that is shown changed
};

// Costs the same however many images there are.
struct engine_summary engine_summary(const struct engine *engine);

// The summary's revision alone.
uint64_t engine_revision(const struct engine *engine);
