// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The inside of the store in etcd, for store_etcd*.c and nobody else.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "etcd/cluster.h"
#include "etcd/message.h"
#include "io/store.h"
#include "io/store_batch.h"
#include "io/store_etcd.h"

// One operation of a commit, and what it adds to a request.
struct store_etcd_write {
    json_t *operation; // owned
    size_t bytes;
};

// Something asked for: a commit when it has a batch, else some history.
struct store_etcd_job {
    struct store_etcd_job *prev;
    struct store_etcd_job *next;
    struct store_batch *batch;
    store_committed *committed;
    struct store_etcd_write *writes; // in the order in which they go
    size_t write_count;
    size_t written; // so many are stored,
    size_t sent;    // and so many more are under way
    char *id;       // of the transaction under way
    char *name;     // whose history; NULL: of all
    size_t limit;
    char *from; // the key at which the next page of history begins; NULL: one page is all
    struct etcd_entries entries; // of history, read so far
    struct history_list history;
    store_history_read *read;
    void *data;
    struct error error; // its code says whether the job failed
};

// Looks through the keys of history, and removes what is too old or too much.
struct store_etcd_sweep {
    bool running;
    char *from;  // the key at which the next page begins
    char **keys; // of one image, oldest first
    size_t count;
    size_t capacity;
    json_t *deletions;  // operations
    size_t seen;        // keys, in this sweep
    size_t rows;        // written since the last sweep began
    size_t due_at_rows; // then the next one begins
    int64_t newest_ms;  // the wall clock of the newest row written
};

struct store_etcd {
    struct store store; // first
    struct cluster *cluster;
    char *prefix;
    char *leader_key;
    char *commit_key;
    int64_t fence;
    int64_t timeout_ms;
    uv_timer_t turn; // runs out at once: jobs begin, and fail, from the loop only

    store_etcd_opened *opened; // NULL: it was called
    void *opened_data;
    struct record_list records; // read while opening, until they are handed over
    struct tag_list settings;
    bool fresh;
    int64_t revision; // at which they are read
    char *from;       // the key at which the next page begins
    size_t page;      // keys a page

    char *head;        // the id of the last transaction
    uint64_t last_id;  // number in it
    uint64_t last_row; // number of the last row of history
    bool begun;
    struct store_etcd_job *jobs;
    struct store_etcd_job *running; // the first of them
    struct store_etcd_sweep sweep;
    bool deposed;
    bool closing;
};

// store_etcd.c
void store_etcd_ask(
    struct store_etcd *etcd, const char *path, json_t *body, cluster_answered *answered);
void store_etcd_finish(struct store_etcd *etcd, const struct error *error); // the job that runs
// Sets the error, and remembers.
void store_etcd_found_deposed(struct store_etcd *etcd, struct error *error);
// Puts before an error of etcd what was being done; NULL stays NULL.
const struct error *store_etcd_explain(
    const struct error *error, const char *doing, struct error *room);

// store_etcd_load.c
void store_etcd_load_begin(struct store_etcd *etcd);
// NULL: well. After it the store is open, or to be closed.
void store_etcd_load_end(struct store_etcd *etcd, const struct error *error);

// store_etcd_write.c
void store_etcd_write_begin(struct store_etcd *etcd, struct store_etcd_job *job);
void store_etcd_writes_free(struct store_etcd_job *job);
// `FENCE-NUMBER`, the next one. The caller frees.
char *store_etcd_next_id(struct store_etcd *etcd) CHECK_RESULT;
// Whether the answer to a transaction that did not go well says that another leads; else *head is
// the id of the last transaction, for the caller to free. It stands in the answer's first two.
bool store_etcd_read_guard(const struct store_etcd *etcd, const json_t *body, char **head);
json_t *store_etcd_guard(const struct store_etcd *etcd) CHECK_RESULT;     // the condition
json_t *store_etcd_otherwise(const struct store_etcd *etcd) CHECK_RESULT; // reads for the above

// store_etcd_history.c
void store_etcd_history_begin(struct store_etcd *etcd, struct store_etcd_job *job);
void store_etcd_sweep_if_due(struct store_etcd *etcd);
void store_etcd_sweep_deinit(struct store_etcd_sweep *sweep);
