// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The kernel's word that something happened in the directory, or to it: inotify through uv_poll
// (libuv's own uv_fs_event says nothing of a queue that overflowed). It says only "something", with
// a hint at the names that it happened to.
#pragma once

#include <stdbool.h>
#include <uv.h>

#include "core/attributes.h"
#include "io/directory_hints.h"

typedef void directory_dirty_callback(void *data);

// Embedded in its owner. `fd` < 0: there are no events.
struct directory_watch {
    uv_poll_t poll;
    int fd;
    int error;        // an errno value: why there are no events, or 0
    int directory_wd; // -1: not watched
    int ancestor_wd;  // the directory in which the path's next part would appear; -1: not watched
    char *awaited;    // that part
    struct directory_hints hints; // at what happened since the owner emptied them
    directory_dirty_callback *dirty;
    void *data;
};

// What arming came to. Made on the work queue, adopted on the loop; initialise with {0}.
struct directory_arming {
    int error;
    int directory_wd;
    int ancestor_wd;
    char *awaited;
};

void directory_watch_init(
    struct directory_watch *watch, directory_dirty_callback *dirty, void *data);

// Starts listening; what stands in the way is in `error`. To be tried again later.
void directory_watch_open(struct directory_watch *watch, uv_loop_t *loop);

// Watches what stands at the path now, and the nearest ancestor that exists. May block.
void directory_watch_arm(int fd, const char *path, struct directory_arming *arming);

// Takes over from a worker what it armed, and drops what is no longer at the path.
void directory_watch_adopt(struct directory_watch *watch, struct directory_arming *arming);

// Whether there was a poll handle, which is being closed now; `closed` is called for it only then.
// The handle's `data` is the watch's `data`.
bool directory_watch_close(struct directory_watch *watch, uv_close_cb closed);

// When the handle is closed, and no worker arms any more.
void directory_watch_deinit(struct directory_watch *watch);
