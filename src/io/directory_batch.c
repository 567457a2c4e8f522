// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/directory_batch.h"

static enum directory_file_state state_of(enum directory_sight sight)
{
    switch (sight) {
    case SIGHT_FILE:
    case SIGHT_UNSETTLED:
        return DIRECTORY_FILE_READ;
    case SIGHT_NOT_READY:
        return DIRECTORY_FILE_NOT_READY;
    case SIGHT_UNREADABLE:
    case SIGHT_GONE:
        break;
    }
    return DIRECTORY_FILE_UNREADABLE;
}

static struct directory_file file_from(const char *name, struct directory_look *look)
{
    struct directory_file file = {
        .name = memory_text(name),
        .state = state_of(look->sight),
        .bytes = look->bytes,
        .length = look->length,
        .reason = look->reason,
    };
    look->bytes = NULL;
    look->reason = NULL;
    return file;
}

void directory_collect_changed(
    struct directory_collection *collection, const char *name, struct directory_look *look)
{
    struct directory_batch *batch = &collection->batch;
    batch->changed = memory_grow(batch->changed, batch->changed_count,
        &collection->changed_capacity, sizeof(*batch->changed));
    batch->changed[batch->changed_count++] = file_from(name, look);
}

void directory_collect_not_ready(
    struct directory_collection *collection, const char *name, struct directory_look *look)
{
    struct directory_batch *batch = &collection->batch;
    batch->not_ready = memory_grow(batch->not_ready, batch->not_ready_count,
        &collection->not_ready_capacity, sizeof(*batch->not_ready));
    batch->not_ready[batch->not_ready_count++] = file_from(name, look);
}

void directory_collect_gone(struct directory_collection *collection, const char *name)
{
    struct directory_batch *batch = &collection->batch;
    batch->gone = memory_grow(
        batch->gone, batch->gone_count, &collection->gone_capacity, sizeof(*batch->gone));
    batch->gone[batch->gone_count++] = memory_text(name);
}

static int compare_files(const void *a, const void *b)
{
    const struct directory_file *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void directory_collection_sort(struct directory_collection *collection)
{
    struct directory_batch *batch = &collection->batch;
    if (batch->changed_count > 0)
        qsort(batch->changed, batch->changed_count, sizeof(*batch->changed), compare_files);
    if (batch->not_ready_count > 0)
        qsort(batch->not_ready, batch->not_ready_count, sizeof(*batch->not_ready), compare_files);
    if (batch->gone_count > 0)
        qsort(batch->gone, batch->gone_count, sizeof(*batch->gone), compare_names);
}

bool directory_batch_is_empty(const struct directory_batch *batch)
{
    return batch->changed_count == 0 && batch->not_ready_count == 0 && batch->gone_count == 0;
}

static void free_files(struct directory_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(files[i].name);
        free(files[i].bytes);
        free(files[i].reason);
    }
    free(files);
}

void directory_batch_deinit(struct directory_batch *batch)
{
    free_files(batch->changed, batch->changed_count);
    free_files(batch->not_ready, batch->not_ready_count);
    for (size_t i = 0; i < batch->gone_count; i++)
        free(batch->gone[i]);
    free(batch->gone);
    free(batch->message);
    *batch = (struct directory_batch){0};
}
