// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Watches the declarations' directory on a libuv loop and tells what changed, in batches. Only the
// names and bytes of files are its business: it parses nothing and removes nothing. A full scan is
// the truth; events of the kernel say that a scan is due, and hint at the names that it may keep
// to. Scans and reads run on libuv's work queue, so that the loop never waits for a disk.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"

struct directory;

// Read by directory_new only; nothing in it is kept.
struct directory_options {
    const char *path;
    int64_t settle_ms; // quiet time after the last event before a scan, at most ten times that in
                       // all; 0: 200 ms
    int64_t rescan_ms; // a scan at least that often, events or not; 0: 60 s
};

enum directory_state {
    DIRECTORY_READ,
    DIRECTORY_MISSING, // not there: nothing is known of the files, least of all that they are gone
    DIRECTORY_UNREADABLE, // there, but cannot be opened or is no directory: likewise
};

enum directory_file_state {
    DIRECTORY_FILE_READ,
    DIRECTORY_FILE_UNREADABLE, // `reason`: no permission, too large, not a regular file, a loop of
                               // links, …
    DIRECTORY_FILE_NOT_READY,  // a symbolic link whose target does not exist (yet)
};

struct directory_file {
    char *name; // without directory; any bytes but '/' and NUL: may hold newlines and invalid UTF-8
    enum directory_file_state state;
    char *bytes; // when read; NUL-terminated behind its length
    size_t length;
    char *reason; // when not; to be put behind the name: "is a directory, not a file"
};

struct directory_batch {
    enum directory_state state;
    bool complete;       // read to its end: `present` is right, and `gone` is all that is gone
    bool replaced;       // another directory than before stands at the path
    bool without_events; // the kernel refused a watch: changes are found by rescans only
    char *message;       // one sentence on what is wrong with the directory or its watch, or NULL
    size_t present;      // declaration files that are there now, readable or not

    struct directory_file *changed; // new, or other than last reported: read or unreadable
    size_t changed_count;
    struct directory_file *not_ready; // turned into links without a target: not changed, not gone
    size_t not_ready_count;
    char **gone; // known before, and no longer there
    size_t gone_count;
};

// Called from the loop, never from within a directory_* function. The first batch is the initial
// read, whatever came of it; later ones come when there is something new to tell, and after each
// directory_rescan. The batch is borrowed; a callback that wants to keep any of it takes that over
// and sets it to NULL, or takes all of it and leaves a batch of zeros.
typedef void directory_callback(struct directory_batch *batch, void *data);
typedef void directory_closed_callback(void *data);

// Starts watching, and the initial read. A directory that is missing or unreadable is no error but
// a state. NULL and an error when the options are wrong or libuv is out of resources. Close with
// directory_close.
struct directory *directory_new(uv_loop_t *loop, const struct directory_options *options,
    directory_callback *callback, void *data, struct error *error) CHECK_RESULT;

// Scans as soon as possible and reports even when nothing changed.
void directory_rescan(struct directory *directory);

// No batch is delivered any more; the handles are closed and all is freed, then `closed` (may be
// NULL) is called. A scan under way is waited for, which on a hanging file system may last.
void directory_close(struct directory *directory, directory_closed_callback *closed, void *data);
