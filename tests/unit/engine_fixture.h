// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A world as small as can be around one engine, for scripted tests: a clock that stands until it is
// moved, a directory, a record that is durable when the test says so, and a cloud of a few lines
// that does as asked unless told otherwise. At each write it holds the promise that is the engine's
// first: what leaves was durable before. It decides nothing that the engine should.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>

#include "core/engine.h"

#define FIXTURE_FILES  64
#define FIXTURE_FAULTS 64

// What becomes of a request.
struct fixture_fault {
    enum operation operation;
    enum outcome outcome;
    bool applied;
    int64_t retry_after_ms;
};

struct fixture_file {
    char *path;
    char *text;
};

struct cloud_images {
    struct image **items; // owned
    size_t count;
    size_t capacity;
};

struct fixture {
    struct engine_options options;
    struct engine *engine;
    struct instant now;
    struct effects effects;
    int64_t server_ahead_ms; // of our wall clock

    struct fixture_file files[FIXTURE_FILES];
    size_t file_count;
    struct lifecycle defaults;

    struct record_list durable;
    char *deletions;            // durable
    struct effects commits[64]; // asked for, not durable yet
    size_t commit_count;

    struct request **requests; // sent, not answered yet
    size_t request_count;
    size_t request_capacity;
    size_t sent[OPERATION_COUNT];
    struct request *last[OPERATION_COUNT]; // a copy of the last one of each kind

    struct cloud_images cloud;
    unsigned images_made;
    const char *new_state; // of images that are made
    bool copies_are_public;
    const char
        *answers_with; // the name of the image that creations are answered with; NULL: the new one
    bool unique_names;
    bool hidden; // lists and reads do not show what was made since `hidden_from`
    size_t hidden_from;
    // The VMs or snapshots that exist, in place of whatever is asked for; borrowed.
    const struct source_item *sources;
    size_t source_count;
    struct fixture_fault faults[FIXTURE_FAULTS];
    size_t fault_count;
    const struct violation *violations; // that a refusal names; borrowed
    size_t violation_count;

    size_t reports[REPORT_COUNT];
    size_t history;
    size_t saves;
};

struct fixture *fixture_new(void);
void fixture_free(struct fixture *fixture);

// The engine is started anew from what is durable; requests under way are forgotten.
void fixture_restart(struct fixture *fixture);
// As above, and the directory is not told yet.
void fixture_load(struct fixture *fixture);

// ---- The directory

void fixture_put(struct fixture *fixture, const char *path, const char *text);
void fixture_remove(struct fixture *fixture, const char *path);
// The directory is read to its end, as at a start: all files are told.
void fixture_read_directory(struct fixture *fixture);
void fixture_directory_fault(struct fixture *fixture, const char *fault);
// A rescan found all files gone, or the path another directory.
void fixture_empty_directory(struct fixture *fixture, bool replaced);

// The image "vm-<number>", made from a VM; `more` are further lines of its declaration.
void fixture_put_vm(struct fixture *fixture, int number, const char *more);
void fixture_remove_vm(struct fixture *fixture, int number);
// A world with so many of them, made.
struct fixture *fixture_with_images(int count, const char *more);

// ---- Time and answers

// Makes durable what is to be, tells it, and so on until nothing is left to commit.
void fixture_commit(struct fixture *fixture);
// Answers the oldest request of that kind; false when there is none.
bool fixture_answer(struct fixture *fixture, enum operation operation);
// Commits and answers until there is nothing to do at this moment.
void fixture_settle(struct fixture *fixture);
// Lets time pass, with all that happens in it.
void fixture_run(struct fixture *fixture, int64_t duration_ms);
// Lets time pass, with nothing answered and nothing committed.
void fixture_wait(struct fixture *fixture, int64_t duration_ms);
// The next request of that kind meets this instead.
void fixture_fail(
    struct fixture *fixture, enum operation operation, enum outcome outcome, bool applied);
void fixture_command(struct fixture *fixture, enum command_kind kind, const char *name);

// ---- Looking

struct image *fixture_live(struct fixture *fixture, const char *name); // NULL: none
size_t fixture_count(const struct fixture *fixture, const char *name);
void fixture_delete_live(struct fixture *fixture, const char *name);
struct image *fixture_add_live(struct fixture *fixture, const char *name);
// Takes ownership; it is there as it is.
void fixture_show(struct fixture *fixture, struct image *image);
size_t fixture_writes(const struct fixture *fixture);
size_t fixture_pending(const struct fixture *fixture, enum operation operation);
struct image_status fixture_status(struct fixture *fixture, const char *name);
void fixture_assert_state(
    struct fixture *fixture, const char *name, enum image_state state, enum reason reason);

// ---- Between the fixture's files

// Hands the event to the engine and takes what it wants.
void fixture_handle(struct fixture *fixture, const struct event *event);
// The cloud does as it is asked.
void fixture_serve(struct fixture *fixture, const struct request *request, struct answer *answer);
