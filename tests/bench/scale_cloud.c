// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "bench/scale_cloud.h"
#include "core/image_fields.h"
#include "core/memory.h"

#define NAME_PREFIX "web-"
#define ID_PREFIX   "ami-"

char *scale_name(size_t number)
{
    return memory_format(NAME_PREFIX "%07zu", number);
}

void scale_cloud_init(struct scale_cloud *cloud, size_t capacity)
{
    *cloud = (struct scale_cloud){
        .images = memory_new(capacity, sizeof(*cloud->images)),
        .capacity = capacity,
    };
}

void scale_cloud_deinit(struct scale_cloud *cloud)
{
    for (size_t i = 0; i < cloud->capacity; i++)
        image_free(cloud->images[i]);
    free(cloud->images);
}

// `capacity` for what is no number.
static size_t number_behind(const struct scale_cloud *cloud, const char *prefix, const char *text)
{
    size_t length = strlen(prefix);
    if (strncmp(text, prefix, length) != 0)
        return cloud->capacity;
    size_t number = strtoul(text + length, NULL, 10);
    return number < cloud->capacity ? number : cloud->capacity;
}

static struct image *find(struct scale_cloud *cloud, const char *prefix, const char *text)
{
    size_t number = number_behind(cloud, prefix, text);
    return number == cloud->capacity ? NULL : cloud->images[number];
}

static void create(struct scale_cloud *cloud, const struct image *wanted, struct answer *answer)
{
    size_t number = number_behind(cloud, NAME_PREFIX, wanted->name);
    if (number == cloud->capacity || cloud->images[number] != NULL) {
        answer->outcome = OUTCOME_CONFLICT;
        answer->status = 409;
        return;
    }
    struct image *image = image_clone(wanted);
    field_table_deinit(&image_selector_table, &image->source_image);
    memory_replace_text(&image->source_region_name, NULL);
    tag_list_deinit(&image->tags);
    image->tags = (struct tag_list){0};
    image->access = (struct access){.present = true, .is_public = BOOLEAN_FALSE};
    image->id = memory_format(ID_PREFIX "%07zu", number);
    image->cloud_state = memory_text("available");
    image->creation_date = memory_text("2026-11-25T08:00:00.000000Z");
    cloud->images[number] = image;
    image_list_add(&answer->images, image);
}

static void show(struct answer *answer, const struct image *image)
{
    if (image != NULL)
        image_list_add(&answer->images, image);
}

static void show_targets(struct scale_cloud *cloud, const struct request *request,
    const char *prefix, struct answer *answer)
{
    for (size_t i = 0; i < request->targets.count; i++)
        show(answer, find(cloud, prefix, request->targets.items[i]));
}

static void set_tags(struct scale_cloud *cloud, const struct request *request)
{
    for (size_t i = 0; i < request->targets.count; i++) {
        struct image *image = find(cloud, ID_PREFIX, request->targets.items[i]);
        for (size_t j = 0; image != NULL && j < request->tags.count; j++)
            tag_list_set(&image->tags, request->tags.items[j].key, request->tags.items[j].value);
    }
}

void scale_cloud_serve(
    struct scale_cloud *cloud, const struct request *request, struct answer *answer)
{
    *answer = (struct answer){
        .request_id = request->id,
        .operation = request->operation,
        .outcome = OUTCOME_OK,
        .status = 200,
    };
    cloud->requests[request->operation]++;
    switch (request->operation) {
    case OPERATION_LIST_IMAGES:
        for (size_t i = 0; i < cloud->capacity; i++)
            show(answer, cloud->images[i]);
        break;
    case OPERATION_FIND_BY_NAME:
        show_targets(cloud, request, NAME_PREFIX, answer);
        break;
    case OPERATION_READ_IMAGES:
    case OPERATION_READ_IMAGE:
        show_targets(cloud, request, ID_PREFIX, answer);
        break;
    case OPERATION_CREATE_IMAGE:
        create(cloud, request->image, answer);
        break;
    case OPERATION_SET_TAGS:
        set_tags(cloud, request);
        break;
    default: // nothing else is asked for of declarations like these
        answer->outcome = OUTCOME_REJECTED;
        answer->status = 400;
    }
}
