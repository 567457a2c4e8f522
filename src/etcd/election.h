// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who of several hosts leads. Each keeps a lease; whoever makes the leader's key first, with the
// lease upon it, leads until the key is gone, and the key's create revision is what its writes are
// guarded with (fencing). Pure: the time is handed in.
//
// Promises:
// - election_is_sure is true only while etcd cannot have given the lead to anyone else: from before
//   the last renewal was sent, by a clock that goes on while the machine sleeps, for the lease's
//   time less a margin of a quarter. Clocks may differ in speed by as much.
// - A leader that is not sure any more steps down, and does not take the same term up again.
// - A host that stands by takes over when the leader's key goes: it watches it, and looks every
//   half of a lease's time in case the watch says nothing.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/instant.h"
#include "etcd/cluster.h"

struct election;

enum election_role { ELECTION_STARTING, ELECTION_STANDBY, ELECTION_LEADER };

struct election_options {
    struct cluster *cluster; // outlives the election
    const char *prefix;      // of all keys. Copied
    const char *host;        // this host's name. Copied
    int64_t ttl_ms;          // of the lease; whole seconds, at least 2
    struct instant (*now)(void *data);
    // The role, the leader or the fault are others than before. From within any call.
    void (*changed)(void *data);
    void *data;
};

struct election *election_new(const struct election_options *options) CHECK_RESULT;

// Gives nothing back: the lease runs out by itself. NULL is fine.
void election_free(struct election *election);

// Does what is due. To be called first of all, and at election_next_wake.
void election_wake(struct election *election);
int64_t election_next_wake(const struct election *election); // monotonic

// How things stand; texts are borrowed until the next call.
struct election_view {
    enum election_role role;
    int64_t fence;         // while leading: the create revision of the leader's key; else 0
    const char *leader;    // who leads; NULL: not known
    int64_t since_wall_ms; // since when, by the leader's clock
    const char *fault;     // why etcd cannot be asked, or why the lead was lost; NULL: all is well
};
struct election_view election_view(const struct election *election);

// Whether this host surely leads at this very moment.
bool election_is_sure(const struct election *election, int64_t now_monotonic_ms);

// Somebody found out that this host does not lead any more.
void election_lost(struct election *election, int64_t fence, const char *why);

// Gives the lead and the lease back, so that another takes over at once; then calls back, whether
// that could be done or not. Nothing is renewed or wanted any more.
void election_resign(struct election *election, void (*resigned)(void *data), void *data);
