// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/image_fields.h"
#include "core/memory.h"
#include "core/timestamp.h"
#include "engine_fixture.h"

struct image *fixture_live(struct fixture *fixture, const char *name)
{
    for (size_t i = 0; i < fixture->cloud.count; i++)
        if (strcmp(fixture->cloud.items[i]->name, name) == 0)
            return fixture->cloud.items[i];
    return NULL;
}

size_t fixture_count(const struct fixture *fixture, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->cloud.count; i++)
        count += strcmp(fixture->cloud.items[i]->name, name) == 0 ? 1 : 0;
    return count;
}

static struct image *find_id(struct fixture *fixture, const char *id)
{
    for (size_t i = 0; i < fixture->cloud.count; i++)
        if (strcmp(fixture->cloud.items[i]->id, id) == 0)
            return fixture->cloud.items[i];
    return NULL;
}

static void erase(struct fixture *fixture, const struct image *image)
{
    size_t kept = 0;
    for (size_t i = 0; i < fixture->cloud.count; i++)
        if (fixture->cloud.items[i] != image)
            fixture->cloud.items[kept++] = fixture->cloud.items[i];
    fixture->cloud.count = kept;
    image_free((struct image *)image);
}

void fixture_delete_live(struct fixture *fixture, const char *name)
{
    struct image *image = fixture_live(fixture, name);
    assert_non_null(image);
    erase(fixture, image);
}

void fixture_show(struct fixture *fixture, struct image *image)
{
    struct cloud_images *cloud = &fixture->cloud;
    cloud->items = memory_grow(cloud->items, cloud->count, &cloud->capacity, sizeof(*cloud->items));
    cloud->items[cloud->count++] = image;
}

static struct image *add_image(struct fixture *fixture, struct image *image)
{
    image->id = memory_format("ami-%08x", ++fixture->images_made);
    char date[TIMESTAMP_SIZE];
    timestamp_format(fixture->now.wall_ms + fixture->server_ahead_ms, date);
    image->creation_date = memory_text(date);
    image->cloud_state = memory_text(fixture->new_state);
    fixture_show(fixture, image);
    return image;
}

struct image *fixture_add_live(struct fixture *fixture, const char *name)
{
    struct image *image = image_new();
    image->name = memory_text(name);
    image->access.present = true;
    image->access.is_public = BOOLEAN_FALSE;
    return add_image(fixture, image);
}

static struct image *make_image(struct fixture *fixture, const struct image *wanted)
{
    struct image *image = image_clone(wanted);
    bool is_public = wanted->source_image.present && fixture->copies_are_public;
    field_table_deinit(&image_selector_table, &image->source_image);
    field_table_deinit(&vm_selector_table, &image->vm);
    memory_replace_text(&image->source_region_name, NULL);
    tag_list_deinit(&image->tags);
    image->tags = (struct tag_list){0};
    image->access = (struct access){
        .present = true, .is_public = is_public ? BOOLEAN_TRUE : BOOLEAN_FALSE};
    return add_image(fixture, image);
}

static bool is_hidden(const struct fixture *fixture, const struct image *image)
{
    unsigned number = (unsigned)strtoul(image->id + strlen("ami-"), NULL, 16);
    return fixture->hidden && number > fixture->hidden_from;
}

static bool contains(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static void show_images(
    struct fixture *fixture, const struct request *request, struct answer *answer)
{
    for (size_t i = 0; i < fixture->cloud.count; i++) {
        const struct image *image = fixture->cloud.items[i];
        bool by_name = request->operation == OPERATION_FIND_BY_NAME;
        bool all = request->operation == OPERATION_LIST_IMAGES;
        bool asked = all || contains(&request->targets, by_name ? image->name : image->id);
        if (asked && !is_hidden(fixture, image))
            image_list_add(&answer->images, image);
    }
    if (request->operation == OPERATION_READ_IMAGE && answer->images.count == 0)
        answer->outcome = OUTCOME_NOT_FOUND;
}

static void create_image(
    struct fixture *fixture, const struct request *request, struct answer *answer)
{
    if (fixture->unique_names && fixture_live(fixture, request->image->name) != NULL) {
        answer->outcome = OUTCOME_CONFLICT;
        return;
    }
    struct image *made = make_image(fixture, request->image);
    if (fixture->answers_with != NULL)
        made = fixture_live(fixture, fixture->answers_with);
    image_list_add(&answer->images, made);
}

static void change_image(
    struct fixture *fixture, const struct request *request, struct answer *answer)
{
    struct image *image = find_id(fixture, request->targets.items[0]);
    if (image == NULL || is_hidden(fixture, image)) {
        answer->outcome = OUTCOME_NOT_FOUND;
        return;
    }
    for (size_t i = 0; i < request->tags.count; i++) {
        const struct tag *tag = &request->tags.items[i];
        if (request->operation == OPERATION_SET_TAGS)
            tag_list_set(&image->tags, tag->key, tag->value);
        else
            tag_list_remove(&image->tags, tag->key);
    }
    if (request->operation == OPERATION_DELETE_IMAGE)
        erase(fixture, image);
    if (request->operation != OPERATION_SET_ACCESS)
        return;
    image->access.is_public = request->is_public ? BOOLEAN_TRUE : BOOLEAN_FALSE;
    image_list_add(&answer->images, image);
}

// VMs and snapshots: those that the test names, or whatever is asked for, but for what is called
// missing.
static void show_sources(
    const struct fixture *fixture, const struct request *request, struct answer *answer)
{
    if (fixture->sources != NULL) {
        answer->sources = memory_new(fixture->source_count + 1, sizeof(struct source_item));
        for (size_t i = 0; i < fixture->source_count; i++) {
            const struct source_item *from = &fixture->sources[i];
            struct source_item *to = &answer->sources[answer->source_count++];
            to->id = memory_text(from->id);
            to->state = memory_text(from->state);
            tag_list_copy(&to->tags, &from->tags);
        }
        return;
    }
    answer->sources = memory_new(request->targets.count + 1, sizeof(struct source_item));
    for (size_t i = 0; i < request->targets.count; i++) {
        if (strstr(request->targets.items[i], "missing") != NULL)
            continue;
        struct source_item *item = &answer->sources[answer->source_count++];
        item->id = memory_text(request->targets.items[i]);
        if (request->operation == OPERATION_READ_SNAPSHOTS)
            item->state = memory_text("completed");
    }
}

void fixture_serve(struct fixture *fixture, const struct request *request, struct answer *answer)
{
    switch (request->operation) {
    case OPERATION_CREATE_IMAGE:
        create_image(fixture, request, answer);
        break;
    case OPERATION_READ_SNAPSHOTS:
    case OPERATION_READ_VMS:
        show_sources(fixture, request, answer);
        break;
    case OPERATION_LIST_IMAGES:
    case OPERATION_FIND_BY_NAME:
    case OPERATION_READ_IMAGES:
    case OPERATION_READ_IMAGE:
        show_images(fixture, request, answer);
        break;
    default:
        change_image(fixture, request, answer);
    }
}
