// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/text_index.h"
#include "core/view.h"

struct view {
    struct text_index by_id;
    struct text_index by_name; // the first of each name
    uint64_t version;
};

static const char *id_of(const void *item)
{
    return ((const struct view_image *)item)->id;
}

static const char *name_of(const void *item)
{
    return image_open(((const struct view_image *)item)->image).name;
}

static void link_name(struct view *view, struct view_image *seen)
{
    const char *name = name_of(seen);
    if (name == NULL)
        return;
    seen->next = text_index_find(&view->by_name, name);
    text_index_put(&view->by_name, seen);
}

static void unlink_name(struct view *view, struct view_image *seen)
{
    const char *name = name_of(seen);
    if (name == NULL)
        return;
    struct view_image *first = text_index_find(&view->by_name, name);
    struct view_image **link = &first;
    while (*link != seen)
        link = &(*link)->next;
    *link = seen->next;
    seen->next = NULL;
    if (first == NULL)
        text_index_remove(&view->by_name, name);
    else
        text_index_put(&view->by_name, first);
}

// The indices know the image by what it holds.
static void replace_image(struct view *view, struct view_image *seen, struct packed *image)
{
    unlink_name(view, seen);
    free(seen->image);
    seen->image = image;
    seen->id = image_open(image).id;
    link_name(view, seen);
    view->version++;
}

static void drop(struct view *view, struct view_image *seen)
{
    view->version++;
    unlink_name(view, seen);
    text_index_remove(&view->by_id, seen->id);
    free(seen->image);
    free(seen);
}

struct view *view_new(void)
{
    struct view *view = memory_new(1, sizeof(*view));
    text_index_init(&view->by_id, id_of);
    text_index_init(&view->by_name, name_of);
    return view;
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    struct view_image *seen = NULL;
    for (size_t place = 0; (seen = text_index_next(&view->by_id, &place)) != NULL; place--)
        drop(view, seen);
    text_index_deinit(&view->by_id);
    text_index_deinit(&view->by_name);
    free(view);
}

static void add(struct view *view, struct packed *image, int64_t seen_ms, uint64_t order)
{
    struct view_image *seen = memory_new(1, sizeof(*seen));
    seen->image = image;
    seen->id = image_open(image).id;
    seen->seen_ms = seen_ms;
    seen->order = order;
    text_index_put(&view->by_id, seen);
    link_name(view, seen);
    view->version++;
}

void view_put(struct view *view, struct packed *image, int64_t seen_ms, uint64_t order)
{
    const char *id = image_open(image).id;
    struct view_image *seen = view_find(view, id);
    if (id == NULL || (seen != NULL && seen->order > order)) {
        free(image);
    } else if (seen == NULL) {
        add(view, image, seen_ms, order);
    } else {
        seen->seen_ms = seen_ms;
        seen->order = order;
        replace_image(view, seen, image);
    }
}

void view_drop(struct view *view, const char *id)
{
    struct view_image *seen = view_find(view, id);
    if (seen != NULL)
        drop(view, seen);
}

void view_drop_older(struct view *view, uint64_t order)
{
    struct view_image *seen = NULL;
    for (size_t place = 0; (seen = text_index_next(&view->by_id, &place)) != NULL;) {
        if (seen->order >= order)
            continue;
        drop(view, seen);
        place--;
    }
}

struct view_image *view_find(struct view *view, const char *id)
{
    return id == NULL ? NULL : text_index_find(&view->by_id, id);
}

struct view_image *view_named(struct view *view, const char *name)
{
    return text_index_find(&view->by_name, name);
}

void view_touch(struct view *view, struct view_image *seen, uint64_t order)
{
    seen->order = order;
    view->version++;
}

void view_set_tags(struct view *view, struct view_image *seen, const struct tag_list *tags)
{
    struct image image = image_open(seen->image);
    image.tags = *tags;
    replace_image(view, seen, image_pack(&image));
}

uint64_t view_version(const struct view *view)
{
    return view->version;
}

size_t view_count(const struct view *view)
{
    return view->by_id.count;
}

void view_each(struct view *view, void (*visit)(struct view_image *seen, void *data), void *data)
{
    struct view_image *seen = NULL;
    for (size_t place = 0; (seen = text_index_next(&view->by_id, &place)) != NULL;)
        visit(seen, data);
}
