// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who is at the other end of a Unix socket, by the kernel's word, and what that allows.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct peer {
    bool known;
    bool can_write;
    uid_t user;
};

// Root, the daemon's own user and, unless `has_group` is false, the members of `group` may write.
// Whoever cannot be identified may not.
struct peer peer_of(int descriptor, bool has_group, gid_t group);
