// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The cloud: its resources, its settings, and what will happen in it by itself. Pure: no I/O, no
// clock, and the same seed and requests give the same cloud. The operations on it are in images.h,
// snapshots.h, tags.h; each gets a struct sim_call.

#include "sim/exchange.h"
#include "sim/store.h"

// A copy is made of it, `region` included.
struct sim_cloud_settings {
    const char *region;
    int64_t pending_copy_ms; // how long a new image stays pending, by what it was made from
    int64_t pending_vm_ms;
    int64_t pending_snapshot_ms; // and a new snapshot of a volume in-queue
    int64_t max_images;          // of the account; 0: no limit
    bool unique_names;           // among the account's images
};

struct sim_cloud;

struct sim_cloud *sim_cloud_new(const struct sim_cloud_settings *settings, uint64_t seed);
void sim_cloud_free(struct sim_cloud *cloud);

// Lets happen what is due at `now_ms`: pending images end, the deleted are forgotten.
void sim_cloud_advance(struct sim_cloud *cloud, int64_t now_ms);

const struct sim_cloud_settings *sim_cloud_settings(const struct sim_cloud *cloud);
struct sim_store *sim_cloud_store(const struct sim_cloud *cloud);

// An id that no resource has, "<prefix>-" and eight hexadecimal digits. To be freed with free().
char *sim_cloud_new_id(struct sim_cloud *cloud, const char *prefix);

// The time of a creation at `now_ms`: later than every one before, so that the newest is one.
int64_t sim_cloud_creation_us(struct sim_cloud *cloud, int64_t now_ms);

// At `at_ms`, merges `patch` (taken) into the resource, if it is still in `state` then.
void sim_cloud_settle(struct sim_cloud *cloud, const struct sim_resource *resource, int64_t at_ms,
    const char *state, json_t *patch);

// One operation under way. Everything is borrowed for its time.
struct sim_call {
    struct sim_cloud *cloud;
    const char *path;    // of the request, for the errors
    const char *id;      // that the path names; NULL without one
    const json_t *query; // {"name": ["value", …]}
    const json_t *body;  // of the shape that the operation's table asks for; NULL without one
    int64_t now_ms;
    int64_t as_of_ms;  // what a GET sees: now, or some time ago
    int64_t hidden_ms; // what it creates is not shown for so long
    bool fail_image;   // the image it creates ends failed
    struct sim_response *response;
};

// The resource, if the account can see it; NULL otherwise.
struct sim_resource *sim_call_find(const struct sim_call *call, enum sim_kind kind, const char *id);

// The resource, if the account can see it and it is its own; otherwise answers 404 or 403, the
// latter naming `permission`, and gives NULL.
struct sim_resource *sim_call_own(
    const struct sim_call *call, enum sim_kind kind, const char *id, const char *permission);

// Answers GET of one resource, the one of call->id.
void sim_call_read(const struct sim_call *call, enum sim_kind kind);

// Answers 200 or 201 with the resource as it is now.
void sim_call_show(const struct sim_call *call, int status, const struct sim_resource *resource);

// The header that the API gives GET answers and new resources.
void sim_call_cacheable(const struct sim_call *call);
