// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/image_checks.h"
#include "core/image_fields.h"
#include "core/image_rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// The same for whatever is to be found; what is not said of a row is the same in all selectors.
#define SELECTOR_FIELD(yaml, kind, member)                                                         \
    .name = yaml, .type = kind, .offset = offsetof(struct selector, member),                       \
    .equality = EQUALITY_UNCOMPARED

#define ID_FIELD(form, prefix, sample)                                                             \
    {                                                                                              \
        SELECTOR_FIELD("id", FIELD_TEXT, id),                                                      \
            .change = CHANGE_REPLACES, .check = form, .pattern = IMAGE_ID_PATTERN(prefix),         \
            .help = "The id itself, as it may also stand in place of the mapping.",                \
            .example = sample,                                                                     \
    }

#define TAGS_FIELD                                                                                 \
    {                                                                                              \
        SELECTOR_FIELD("tags", FIELD_TAGS, tags),                                                  \
            .change = CHANGE_REPLACES, .minimum = 1, .maximum = IMAGE_TAG_LIMIT,                   \
            .help = "Tags that it must have, with exactly these values.",                          \
            .example = "{tags: {role: base}}",                                                     \
    }

// VMs and snapshots have no names, but for the tag that the console shows as one.
#define NAME_TAG_FIELD                                                                             \
    {                                                                                              \
        SELECTOR_FIELD("name", FIELD_TEXT, name),                                                  \
            .change = CHANGE_REPLACES, .minimum = 1,                                               \
            .help = "A pattern for the value of its tag Name, with * and ?.",                      \
            .example = "{name: \"builder-*\"}",                                                    \
    }

#define FOLLOW_FIELD                                                                               \
    {                                                                                              \
        SELECTOR_FIELD("follow", FIELD_BOOLEAN, follow),                                           \
            .change = CHANGE_LOCAL,                                                                \
            .help = "Look again at each resync, and replace the image when another one is found; " \
                    "without it, what was found first is kept.",                                   \
            .example = "{tags: {role: base}, follow: true}",                                       \
    }

static const struct field image_selector_fields[] = {
    ID_FIELD(image_check_image_id, "ami-", "{id: ami-51459d59}"),
    {
        SELECTOR_FIELD("declared", FIELD_TEXT, declared),
        .change = CHANGE_REPLACES,
        .check = image_check_name,
        .pattern = IMAGE_NAME_PATTERN,
        .help = "The image of another declaration, by its name; it is waited for until it is "
                "available.",
        .example = "{declared: web-base}",
    },
    {
        SELECTOR_FIELD("name", FIELD_TEXT, name),
        .change = CHANGE_REPLACES,
        .minimum = 1,
        .help = "A pattern for the image's name in the cloud, with * and ?.",
        .example = "{name: \"Debian-12-*\", public: true, newest: true}",
    },
    TAGS_FIELD,
    {
        SELECTOR_FIELD("public", FIELD_BOOLEAN, is_public),
        .change = CHANGE_REPLACES,
        .help = "Only public images (true), or only private ones (false).",
        .example = "{name: \"Debian-12-*\", public: true, newest: true}",
    },
    {
        SELECTOR_FIELD("newest", FIELD_BOOLEAN, newest),
        .change = CHANGE_REPLACES,
        .help = "Of several that match take the one created last; without it, several are an "
                "error.",
        .example = "{name: \"Debian-12-*\", public: true, newest: true}",
    },
    FOLLOW_FIELD,
};

static const struct field vm_selector_fields[] = {
    ID_FIELD(image_check_vm_id, "i-", "{id: i-b121616e}"),
    NAME_TAG_FIELD,
    TAGS_FIELD,
    FOLLOW_FIELD,
};

static const struct field snapshot_selector_fields[] = {
    ID_FIELD(image_check_snapshot_id, "snap-", "{id: snap-5ee113a6}"),
    NAME_TAG_FIELD,
    TAGS_FIELD,
    FOLLOW_FIELD,
};

const struct field_table image_selector_table = {
    .name = "image selector",
    .fields = image_selector_fields,
    .count = COUNT(image_selector_fields),
    .size = sizeof(struct selector),
    .check = image_rules_selector,
};

const struct field_table vm_selector_table = {
    .name = "VM selector",
    .fields = vm_selector_fields,
    .count = COUNT(vm_selector_fields),
    .size = sizeof(struct selector),
    .check = image_rules_selector,
};

const struct field_table snapshot_selector_table = {
    .name = "snapshot selector",
    .fields = snapshot_selector_fields,
    .count = COUNT(snapshot_selector_fields),
    .size = sizeof(struct selector),
    .check = image_rules_selector,
};
