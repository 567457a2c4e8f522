// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The cloud as last seen: images indexed by id and by name. It keeps what lists and reads brought,
// with the writes that the cloud acknowledged applied to it, until the next look corrects it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/image.h"

struct view;

// An image as last seen. Borrowed, with all that is opened of it; valid until the view changes.
struct view_image {
    struct packed *image;    // image_open() opens it; the view's own
    const char *id;          // of the image
    int64_t seen_ms;         // monotonic, when the look that showed it was asked for
    uint64_t order;          // of that look, or of the write that changed it since
    struct view_image *next; // another one of the same name
};

struct view *view_new(void);
void view_free(struct view *view); // NULL is fine

// Puts a packed image in, in place of an older sight of it. Takes ownership. `order` says what came
// before what: a sight of an order below the one that is there is dropped, for an answer to a
// question asked before a write must not undo what the write did. One without an id is dropped as
// well.
void view_put(struct view *view, struct packed *image, int64_t seen_ms, uint64_t order);

// Forgets an image.
void view_drop(struct view *view, const char *id);

// Forgets all whose last sight is of an order below.
void view_drop_older(struct view *view, uint64_t order);

struct view_image *view_find(struct view *view, const char *id);

// The first image of that name; `next` leads to the others.
struct view_image *view_named(struct view *view, const char *name);

// The cloud changed what the image holds, or may have: earlier looks do not count any more.
void view_touch(struct view *view, struct view_image *seen, uint64_t order);

// Puts tags, of which it takes a copy, in place of those that were seen.
void view_set_tags(struct view *view, struct view_image *seen, const struct tag_list *tags);

// Changes with whatever the view holds, but for the order and time of looks.
uint64_t view_version(const struct view *view);

size_t view_count(const struct view *view);

// Calls for each image, in no particular order; the view must not be changed meanwhile.
void view_each(struct view *view, void (*visit)(struct view_image *seen, void *data), void *data);
