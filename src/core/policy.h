// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What may be done with an image: its own lifecycle settings over the daemon's defaults, decided
// once.
#pragma once

#include "core/declaration.h"

// A build that fails costs time and money each time: without a word, so many in a row are enough.
#define POLICY_MAX_ATTEMPTS 5

struct policy {
    enum on_remove on_remove;
    enum on_change on_change;
    enum on_drift on_drift;
    enum adopt adopt;
    enum tags_policy tags_policy;
    bool protect;
    bool delete_snapshots;
    bool suspend;
    int64_t timeout_ms;    // how long an image may be pending before that is said; 0: no limit
    uint32_t max_attempts; // images that may fail to build in a row before imaged rests; at least 1
    uint32_t keep_previous;
};

// The policy of a declaration; `lifecycle` may be NULL. Values that the declaration leaves out come
// from `defaults`, and those that these leave out from imaged (delete, recreate, repair, never,
// merge).
struct policy policy_of(const struct lifecycle *lifecycle, const struct lifecycle *defaults);
