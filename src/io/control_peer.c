// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Credentials as they were when the peer connected. No user database is asked: that can take long.
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/control_peer.h"

static bool has_supplementary_group(int descriptor, gid_t group)
{
    gid_t none;
    socklen_t length = 0; // asks how many there are
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &none, &length) == 0 || errno != ERANGE)
        return false;
    size_t count = length / sizeof(gid_t);
    gid_t *groups = memory_new(count, sizeof(gid_t));
    bool found = false;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &length) == 0)
        for (size_t i = 0; i < count && !found; i++)
            found = groups[i] == group;
    free(groups);
    return found;
}

struct peer peer_of(int descriptor, bool has_group, gid_t group)
{
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0 ||
        length != sizeof(credentials) || credentials.uid == (uid_t)-1)
        return (struct peer){0};
    bool is_member = has_group &&
                     (credentials.gid == group || has_supplementary_group(descriptor, group));
    return (struct peer){
        .known = true,
        .user = credentials.uid,
        .can_write = credentials.uid == 0 || credentials.uid == geteuid() || is_member,
    };
}
