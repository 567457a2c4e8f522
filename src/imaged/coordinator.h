// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// This host among the others that share a record: the etcd cluster (etcd/cluster.h) on real sockets
// (io/http.h), the election on a real clock, and the store of whoever leads. Only with
// `state.backend: etcd`.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "etcd/election.h"
#include "imaged/configuration.h"
#include "io/store_etcd.h"

struct coordinator;

// How things stand has changed; called from within other calls, so that nothing may be closed
// there.
typedef void coordinator_changed(void *data);

// The host's name is that of the configuration, or the system's. Opens no connection: that begins
// with the loop.
struct coordinator *coordinator_new(uv_loop_t *loop, const struct configuration *configuration,
    coordinator_changed *changed, void *data, struct error *error) CHECK_RESULT;

// What of the configuration coordinator_new would refuse. Opens no connection, and runs the loop,
// on which nothing else may be.
int coordinator_check(
    uv_loop_t *loop, const struct configuration *configuration, struct error *error) CHECK_RESULT;

const char *coordinator_host(const struct coordinator *coordinator);
struct election_view coordinator_view(const struct coordinator *coordinator);

// Whether this host surely leads at this very moment, in the term of this fence.
bool coordinator_is_sure(const struct coordinator *coordinator, int64_t fence);

// The store of the term that goes on now; only while this host leads.
struct store *coordinator_open_store(
    struct coordinator *coordinator, store_etcd_opened *opened, void *data) CHECK_RESULT;

// Somebody found out that the term of this fence is over.
void coordinator_lost(struct coordinator *coordinator, int64_t fence, const char *why);

// Gives the lead back, where that can be done in short time, so that another host takes over at
// once; then frees and calls back. Its stores must be closed before. NULL is fine.
void coordinator_close(struct coordinator *coordinator, void (*closed)(void *data), void *data);
