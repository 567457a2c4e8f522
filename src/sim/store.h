// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The resources of the cloud and their recent past. A resource is the text that the API answers for
// it; each change makes a new version, and the old ones are kept for a while, so that the cloud can
// be seen as it was a moment ago. Found by id, name, tag and snapshot without looking at the
// others. Pure: time comes in as a parameter, and never goes back.

#include "sim/index.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_kind { SIM_IMAGE, SIM_SNAPSHOT, SIM_VM, SIM_KINDS };

// How long what was can be seen: twice the lifetime that the API's answers give caches.
#define SIM_STORE_HISTORY_MS INT64_C(600000)

// "Since" of what has always been there.
#define SIM_STORE_ALWAYS INT64_MIN

struct sim_store;
struct sim_resource;

struct sim_store *sim_store_new(void);
void sim_store_free(struct sim_store *store);

// Drops the resources that were deleted longer ago than the history reaches.
void sim_store_forget(struct sim_store *store, int64_t now_ms);

// What a resource is besides its document.
struct sim_resource_traits {
    enum sim_kind kind;
    const char *id;
    bool owned;              // by the account whose cloud this is
    int64_t visible_from_ms; // before, the API does not show it
};

// Adds a resource that is there since `since_ms`. Its id must not be that of a living one. Borrows
// all it is given; the resource stays the store's.
struct sim_resource *sim_store_add(struct sim_store *store,
    const struct sim_resource_traits *traits, const json_t *document, int64_t since_ms);

// Changes a living resource, or deletes it.
void sim_store_put(
    struct sim_store *store, struct sim_resource *resource, const json_t *document, int64_t now_ms);
void sim_store_remove(struct sim_store *store, struct sim_resource *resource, int64_t now_ms);

// The resource of this kind and id, which may have been deleted lately; NULL when there is none.
struct sim_resource *sim_store_find(
    const struct sim_store *store, enum sim_kind kind, const char *id);

// Whether a resource of any kind has this id, or had it lately.
bool sim_store_knows(const struct sim_store *store, const char *id);

// Walks all of a kind in the order they came, those deleted lately among them.
struct sim_resource *sim_store_first(const struct sim_store *store, enum sim_kind kind);
struct sim_resource *sim_resource_next(const struct sim_resource *resource);

// What living resources are found by. The items of the entries are struct sim_resource.
enum sim_store_key {
    SIM_KEY_NAME,     // an image's name
    SIM_KEY_TAG,      // "key=value", of any kind
    SIM_KEY_SNAPSHOT, // an image by a snapshot that it is made of
    SIM_KEYS,
};
const struct sim_index_entry *sim_store_lookup(
    const struct sim_store *store, enum sim_store_key key, const char *value);

// How many living resources of a kind are the account's.
size_t sim_store_owned(const struct sim_store *store, enum sim_kind kind);

const char *sim_resource_id(const struct sim_resource *resource);
enum sim_kind sim_resource_kind(const struct sim_resource *resource);
bool sim_resource_owned(const struct sim_resource *resource);
uint64_t sim_resource_sequence(const struct sim_resource *resource); // order of creation

// The document as it was at `as_of_ms`, as text (borrowed until the resource changes) or parsed (to
// be released); NULL when the resource did not exist.
const char *sim_resource_text(
    const struct sim_resource *resource, int64_t as_of_ms, size_t *length);
json_t *sim_resource_document(const struct sim_resource *resource, int64_t as_of_ms);

// Whether the account could see the resource at `as_of_ms`: it existed, was shown already, and was
// its own or public.
bool sim_resource_visible(const struct sim_resource *resource, int64_t as_of_ms);

// Whether its document said isPublic at `as_of_ms`.
bool sim_resource_public(const struct sim_resource *resource, int64_t as_of_ms);
