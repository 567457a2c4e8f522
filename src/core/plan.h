// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What would be done with an image in the end, in words that people who plan changes know: not the
// next step, which is decide()'s business, but where the steps lead. As there, an ordered table of
// rules, of which the first that holds decides.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/decide.h"
#include "core/diff.h"

enum plan_change {
    PLAN_NONE,    // nothing to do
    PLAN_CREATE,  // make the image
    PLAN_ADOPT,   // take over, or take back, an image that is there
    PLAN_UPDATE,  // change tags or access on the live image
    PLAN_REPLACE, // delete the image and make it anew
    PLAN_SUCCEED, // make the new image, then let go of the old one
    PLAN_RETIRE,  // delete an image that was replaced before
    PLAN_DELETE,  // delete the image
    PLAN_RELEASE, // stop looking after the image; it stays in the cloud
    PLAN_BLOCKED, // something stands in the way; `why` says what
    PLAN_CHANGE_COUNT,
};

struct plan {
    enum plan_change change;
    const char *rule;                   // the name of the rule that decided
    char *why;                          // one sentence; owned
    bool needs_approval;                // the brake holds it
    struct difference_list differences; // owned: what changes, or what forces the replacement
};

struct plan_rule {
    const char *name; // unique, for tests
    bool (*holds)(const struct situation *);
    enum plan_change change;
    bool braked; // deletes, so that the brake may hold it
    const char *why;
    // What stands behind a colon after `why`; borrowed, or NULL, and may return NULL.
    const char *(*detail)(const struct situation *, const char *source_message);
};

// `source_message`: what is known of the source, or NULL. What the situation holds is copied.
void plan_of(const struct situation *situation, const char *source_message, struct plan *plan);
void plan_deinit(struct plan *plan);

// The table, for the test that every rule is reached.
const struct plan_rule *plan_rules(size_t *count);

const char *plan_change_name(enum plan_change change); // "replace"
