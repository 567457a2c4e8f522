// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What differs between a declared image and a live one, by the field table's notion of equality.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/field.h"

struct difference {
    const struct field *field; // the outermost field that differs
    char *path;                // as `block_device_mappings[/dev/sda1].bsu.volume_size`, `tags.Name`
    char *from;                // live, as text; NULL: absent
    char *to;                  // declared, as text; NULL: to be removed
};

struct difference_list {
    struct difference *items;
    size_t count;
    size_t capacity;
};

// All differences. What is not declared is none, but for one exception (design.md, section 3):
// access, which is private unless declared public or `inherit`. `exact_tags`: a live tag that is
// not declared is one as well, but for those whose key begins with "imaged.". Uncompared fields
// (sources, no_reboot, region) never differ: the record knows them.
void image_diff(const struct image *declared, const struct image *live, bool exact_tags,
    struct difference_list *out);

// Adds a difference; copies the texts, of which `from` and `to` may be NULL.
void difference_list_add(struct difference_list *list, const struct field *field, const char *path,
    const char *from, const char *to);

bool difference_list_has(const struct difference_list *list, enum field_change change);
void difference_list_deinit(struct difference_list *list);

// What differs between two declarations' images in the fields that force replacement, sources
// included.
void declared_diff(
    const struct image *before, const struct image *after, struct difference_list *out);
