// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the tests of the directory have in common: a temporary directory with a watcher on it, and
// what a careful reader of its batches knows of the files.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/directory.h"

struct known_file {
    char *name;
    char *content; // or the reason, when it could not be read
    enum directory_file_state state;
    int reports; // how often it was reported, in any way
};

struct fixture {
    char *root; // a directory of its own
    char *path; // the watched one: `root`/images.d
    uv_loop_t loop;
    uv_timer_t tick;
    struct directory *directory;
    bool closed;

    struct known_file *files; // in order of their first report; those that are gone have no content
    size_t file_count;
    size_t file_capacity;
    size_t batch_count;
    size_t changed_count;        // of all batches together
    size_t gone_count;           // likewise
    struct directory_batch last; // without its lists and message
    char *message;               // of the last batch
    bool replaced;               // of any batch since it was last cleared
};

// Makes the temporary directory, and images.d in it, but no watcher.
void fixture_init(struct fixture *fixture);
void fixture_watch(struct fixture *fixture, int64_t settle_ms, int64_t rescan_ms);

// As the two together, and waits for the first batch.
void fixture_start(struct fixture *fixture, int64_t settle_ms, int64_t rescan_ms);

// Closes the watcher, insists that nothing is left on the loop, removes all files.
void fixture_deinit(struct fixture *fixture);

// In the watched directory; a name with a slash at its beginning is below `root` instead.
char *fixture_path(const struct fixture *fixture, const char *name);
void fixture_write(const struct fixture *fixture, const char *name, const char *content);
void fixture_append(const struct fixture *fixture, const char *name, const char *content);
void fixture_remove(const struct fixture *fixture, const char *name);
void fixture_link(const struct fixture *fixture, const char *target, const char *name);
void fixture_rename(const struct fixture *fixture, const char *from, const char *to);
void fixture_mkdir(const struct fixture *fixture, const char *name);

// What the batches said of that name; NULL when never reported, or gone since.
const struct known_file *fixture_find(const struct fixture *fixture, const char *name);

// Whether the name was read last with that content.
bool fixture_has(const struct fixture *fixture, const char *name, const char *content);

// Runs the loop until that is so; fails for lack of time.
void fixture_await(struct fixture *fixture, const char *name, const char *content);
void fixture_await_reason(struct fixture *fixture, const char *name, const char *part);
void fixture_await_gone(struct fixture *fixture, const char *name);
void fixture_await_state(struct fixture *fixture, enum directory_state state);
void fixture_await_until(struct fixture *fixture, bool (*condition)(struct fixture *fixture));

// Asks for a scan, and waits for its batch.
void fixture_rescan(struct fixture *fixture);
