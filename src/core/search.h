// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What selectors find among the images of the view. Many declarations may be made from one image by
// the same selector, and each is looked at after each list: what a selector finds is kept until the
// view changes, so that the view is gone through once and not once for each of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/image.h"
#include "core/view.h"

struct searches;

struct match {
    const char *id;         // borrowed from the view
    const char *owner_name; // the value of the image's tag imaged.name, or NULL; likewise
    int64_t made_ms;        // 0: not known
};

// Available images that the selector means, the newest first; of those made at the same time, the
// one of the greatest id.
struct matches {
    const struct match *items;
    size_t count;
};

struct searches *searches_new(void);
void searches_free(struct searches *searches); // NULL is fine

// The result is valid until the view changes, or the next call.
struct matches searches_find(
    struct searches *searches, struct view *view, const struct selector *selector);
