// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The record in an etcd cluster, for the one host that leads. Every write is guarded by the fence,
// the create revision of the leader's key: once another leads, nothing of this store is written any
// more, however late it arrives.
//
// Below the prefix:
//     format                         "1"
//     leader                         of the election (etcd/election.h)
//     commit                         the id of the last transaction, FENCE-NUMBER
//     image/NAME                     a record, as JSON; NAME percent-encoded, as all names here
//     setting/KEY                    a setting's value
//     history/NAME/FENCE.NUMBER.MS   a row of history, as JSON
//
// A transaction is written only behind the one that this store knows to be the last (`commit`), so
// that it is written at most once, and never behind a newer one: an answer that was lost is asked
// for by sending the same again.
//
// etcd takes 128 operations and 1.5 MiB at a time. A larger batch goes as several transactions: the
// settings first, then the records, then the history. Each record is whole, and what depends on the
// batch is told only after the last, so that a host that dies between them leaves what one that
// died before or after some of the requests leaves. Here alone a batch that failed may be stored in
// part; committing it again, as store.h asks, stores the rest.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "etcd/cluster.h"
#include "io/store.h"

struct store_etcd_options {
    struct cluster *cluster; // outlives the store
    const char *prefix;      // ends in "/". Copied
    int64_t fence;
    int64_t timeout_ms; // of a request, at one member
};

// Called once, on the loop: the record is read, or cannot be (then the store is to be closed).
// Errors: ERROR_CORRUPT, damaged; ERROR_REFUSED, not allowed, or of a newer imaged; ERROR_BUSY,
// this host does not lead any more; ERROR_UNAVAILABLE.
typedef void store_etcd_opened(const struct error *error, void *data);

// Reads all records and settings, page by page, without blocking; after that store_load hands them
// over. Nothing else may be asked before.
struct store *store_etcd_open(uv_loop_t *loop, const struct store_etcd_options *options,
    store_etcd_opened *opened, void *data) CHECK_RESULT;

// This host does not lead any more: what is asked, now and later, fails at once. Needed only to
// close without waiting for etcd.
void store_etcd_depose(struct store *store);

// Whether a commit found that another leads.
bool store_etcd_deposed(const struct store *store);
