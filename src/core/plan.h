// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What would be done with an image in the end, in words that people who plan changes know: not the
// next step, which is decide()'s business, but where the steps lead.
#pragma once

#include <stdbool.h>

#include "core/decide.h"
#include "core/diff.h"

enum plan_change {
    PLAN_NONE,    // nothing to do
    PLAN_CREATE,  // make the image
    PLAN_ADOPT,   // take over, or take back, an image that is there
    PLAN_UPDATE,  // change tags or access on the live image
    PLAN_REPLACE, // delete the image and make it anew
    PLAN_SUCCEED, // make the new image, then delete the old one
    PLAN_DELETE,  // delete the image
    PLAN_RELEASE, // stop looking after the image; it stays in the cloud
    PLAN_BLOCKED, // something stands in the way; `why` says what
    PLAN_CHANGE_COUNT,
};

struct plan {
    enum plan_change change;
    char *why;                          // one sentence; owned
    bool needs_approval;                // the brake holds it
    struct difference_list differences; // owned: what changes, or what forces the replacement
};

// `source_message`: what is known of the source, or NULL. What the situation holds is copied.
void plan_of(const struct situation *situation, const char *source_message, struct plan *plan);
void plan_deinit(struct plan *plan);

const char *plan_change_name(enum plan_change change); // "replace"
