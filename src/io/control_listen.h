// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Listening sockets: a Unix socket that is taken over from the dead and never from the living, a
// port on loopback only.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/attributes.h"
#include "core/error.h"

struct listener {
    int descriptor;
    // Of a Unix socket.
    char *path;
    dev_t device; // which file it is, so that no other is removed
    ino_t inode;
    bool has_group;
    gid_t group;
    char *warning; // or NULL
    // Of a port.
    unsigned port;
};

// As control_new promises. On success listener_deinit releases; after that a descriptor of -1 was
// handed on.
int listener_open_unix(struct listener *listener, const char *path, const char *group,
    struct error *error) CHECK_RESULT;
int listener_open_loopback(
    struct listener *listener, const char *text, struct error *error) CHECK_RESULT;

// Removes the socket's file if it is still the one that was made.
void listener_unlink(struct listener *listener);
void listener_deinit(struct listener *listener);
