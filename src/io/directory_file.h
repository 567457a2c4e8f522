// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One name in the directory: what stands behind it, and its bytes. Blocks, so it belongs on the
// work queue; remembers nothing.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/attributes.h"

enum directory_sight {
    SIGHT_FILE,       // a regular file of an acceptable size
    SIGHT_UNREADABLE, // `reason`
    SIGHT_NOT_READY,  // `reason`
    SIGHT_GONE,       // no such name
    SIGHT_UNSETTLED,  // it changed while it was being read
};

// Two equal ones mean the same content, unless it was changed within the clock's tick: see `racy`.
struct directory_fingerprint {
    dev_t device;
    ino_t inode;
    mode_t mode;
    off_t size;
    struct timespec modified;
    struct timespec changed;
};

struct directory_look {
    enum directory_sight sight;
    struct directory_fingerprint fingerprint; // of what a link leads to; zero when there is none
    char *reason;                             // owned
    char *bytes;                              // owned; NUL-terminated behind the length
    size_t length;
    bool racy; // changed so lately that a later change may leave no trace in the fingerprint
};

// Looks without opening: never waits for a FIFO or wakes a device.
void directory_file_look(int directory_fd, const char *name, struct directory_look *look);

// Looks, and reads a regular file.
void directory_file_read(int directory_fd, const char *name, struct directory_look *look);

void directory_look_deinit(struct directory_look *look);

bool directory_fingerprint_equal(
    const struct directory_fingerprint *a, const struct directory_fingerprint *b);

// Milliseconds since the file was last written or otherwise changed; negative: in the future.
int64_t directory_fingerprint_age_ms(const struct directory_fingerprint *fingerprint);
