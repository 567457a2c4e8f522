// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/declaration.h"
#include "core/declaration_fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LIFECYCLE_FIELD(yaml, kind, member)                                                        \
    .name = yaml, .type = kind, .offset = offsetof(struct lifecycle, member),                      \
    .change = CHANGE_LOCAL, .equality = EQUALITY_UNCOMPARED

static const char *const on_remove_choices[] = {"delete", "keep", NULL};
static const char *const on_change_choices[] = {"recreate", "keep", NULL};
static const char *const on_drift_choices[] = {"repair", "report", NULL};
static const char *const adopt_choices[] = {"never", "if_equal", "always", NULL};
static const char *const tags_policy_choices[] = {"merge", "exact", NULL};

static const struct field lifecycle_fields[] = {
    {
        LIFECYCLE_FIELD("on_remove", FIELD_CHOICE, on_remove),
        .choices = on_remove_choices,
        .help = "What becomes of the image when its declaration is gone, after deletion.grace.",
        .example = "lifecycle: {on_remove: keep}",
    },
    {
        LIFECYCLE_FIELD("on_change", FIELD_CHOICE, on_change),
        .choices = on_change_choices,
        .help = "What happens when the declaration changes in a way that needs a new image: make "
                "one, or keep the old one and report it.",
        .example = "lifecycle: {on_change: keep}",
    },
    {
        LIFECYCLE_FIELD("on_drift", FIELD_CHOICE, on_drift),
        .choices = on_drift_choices,
        .help = "What happens when somebody changes the image in the cloud.",
        .example = "lifecycle: {on_drift: report}",
    },
    {
        LIFECYCLE_FIELD("adopt", FIELD_CHOICE, adopt),
        .choices = adopt_choices,
        .help = "Whether an image of that name which imaged did not make is taken over.",
        .example = "lifecycle: {adopt: if_equal}",
    },
    {
        LIFECYCLE_FIELD("tags_policy", FIELD_CHOICE, tags_policy),
        .choices = tags_policy_choices,
        .help = "Whether tags that are not declared are left alone (merge) or removed (exact).",
        .example = "lifecycle: {tags_policy: exact}",
    },
    {
        LIFECYCLE_FIELD("protect", FIELD_BOOLEAN, protect),
        .help = "Never delete or replace the image, whatever the files say.",
        .example = "lifecycle: {protect: true}",
    },
    {
        LIFECYCLE_FIELD("delete_snapshots", FIELD_BOOLEAN, delete_snapshots),
        .help = "With the image, delete the snapshots that were made with it; they are billed "
                "until they go.",
        .example = "lifecycle: {delete_snapshots: true}",
    },
    {
        LIFECYCLE_FIELD("suspend", FIELD_BOOLEAN, suspend),
        .help = "Leave the image alone until this is taken back.",
        .example = "lifecycle: {suspend: true}",
    },
    {
        LIFECYCLE_FIELD("timeout", FIELD_DURATION, timeout_ms),
        .minimum = 1000,
        .help = "How long an image may be pending before imaged says so; without it, as long as it "
                "takes.",
        .example = "lifecycle: {timeout: 2h}",
    },
    {
        LIFECYCLE_FIELD("max_attempts", FIELD_INTEGER, max_attempts),
        .minimum = 1,
        .maximum = 1000000,
        .help = "How many times in a row the image may fail before a person is asked; 5 "
                "when nobody says.",
        .example = "lifecycle: {max_attempts: 5}",
    },
    {
        LIFECYCLE_FIELD("keep_previous", FIELD_INTEGER, keep_previous),
        .maximum = 1000,
        .help = "How many replaced images to keep, the newest of them; none when nobody says, and "
                "needs {digest} in the name.",
        .example = "lifecycle: {keep_previous: 2}",
    },
};

const struct field_table lifecycle_table = {
    .name = "lifecycle",
    .fields = lifecycle_fields,
    .count = COUNT(lifecycle_fields),
    .size = sizeof(struct lifecycle),
};

static const struct field declaration_fields[] = {
    {
        .name = "lifecycle",
        .type = FIELD_GROUP,
        .offset = offsetof(struct declared, lifecycle),
        .change = CHANGE_LOCAL,
        .equality = EQUALITY_UNCOMPARED,
        .children = &lifecycle_table,
        .help = "How imaged treats the image; what is absent is taken from `defaults` of the "
                "configuration.",
        .example = "lifecycle: {on_remove: keep, protect: true}",
    },
};

const struct field_table declaration_table = {
    .name = "declaration",
    .fields = declaration_fields,
    .count = COUNT(declaration_fields),
    .size = sizeof(struct declared),
    .base = &image_table,
    .check = declaration_check,
};
