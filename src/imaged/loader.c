// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "imaged/loader.h"
#include "io/directory.h"
#include "io/log.h"

// One file on its way: its bytes until it is parsed, then what they say.
struct item {
    char *path;
    char *bytes;
    size_t length;
    char *reason; // it could not be read
    struct declaration_file *file;
};

// One batch. Jobs are parsed one after the other, so that they arrive in order.
struct job {
    struct job *next;
    struct loader *loader;
    uv_work_t work;
    struct item *items;
    size_t count;
    struct text_list gone;
    char *fault;
    bool complete;
    bool replaced;
    size_t present;
};

struct loader {
    uv_loop_t *loop;
    struct directory *directory;
    char *path;
    struct job *first;
    struct job *last;
    bool parsing;
    bool without_events; // said once
    bool closing;
    bool directory_closed;
    loader_loaded *loaded;
    void *data;
    void (*closed)(void *data);
    void *closed_data;
};

static void job_free(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        free(job->items[i].path);
        free(job->items[i].bytes);
        free(job->items[i].reason);
        declaration_file_free(job->items[i].file);
    }
    free(job->items);
    text_list_deinit(&job->gone);
    free(job->fault);
    free(job);
}

static char *full_path(const struct loader *loader, const char *name)
{
    return memory_format("%s/%s", loader->path, name);
}

static struct item take_file(const struct loader *loader, struct directory_file *file)
{
    struct item item = {.path = full_path(loader, file->name), .length = file->length};
    if (file->state == DIRECTORY_FILE_READ) {
        item.bytes = file->bytes;
        file->bytes = NULL;
    } else {
        item.reason = memory_text(file->reason == NULL ? "cannot be read" : file->reason);
    }
    return item;
}

static struct job *job_of(struct loader *loader, struct directory_batch *batch)
{
    struct job *job = memory_new(1, sizeof(*job));
    job->loader = loader;
    job->work.data = job;
    job->complete = batch->complete;
    job->replaced = batch->replaced;
    job->present = batch->present;
    if (batch->state != DIRECTORY_READ)
        job->fault = memory_format(
            "the declarations directory %s %s; what was declared before stays in force",
            loader->path, batch->message == NULL ? "cannot be read" : batch->message);
    job->items = memory_new(batch->changed_count + batch->not_ready_count, sizeof(*job->items));
    for (size_t i = 0; i < batch->changed_count; i++)
        job->items[job->count++] = take_file(loader, &batch->changed[i]);
    for (size_t i = 0; i < batch->not_ready_count; i++)
        job->items[job->count++] = take_file(loader, &batch->not_ready[i]);
    for (size_t i = 0; i < batch->gone_count; i++) {
        char *path = full_path(loader, batch->gone[i]);
        text_list_add(&job->gone, path);
        free(path);
    }
    return job;
}

static void parse(uv_work_t *work)
{
    struct job *job = work->data;
    for (size_t i = 0; i < job->count; i++) {
        struct item *item = &job->items[i];
        item->file = item->reason != NULL
                         ? declaration_file_unreadable(item->path, item->reason)
                         : declaration_file_read(item->path, item->bytes, item->length);
        free(item->bytes);
        item->bytes = NULL;
    }
}

static void start_next(struct loader *loader);

static void deliver(struct loader *loader, struct job *job)
{
    struct declaration_file **files = memory_new(job->count, sizeof(struct declaration_file *));
    for (size_t i = 0; i < job->count; i++)
        files[i] = job->items[i].file;
    struct directory_event event = {
        .fault = job->fault,
        .complete = job->complete,
        .replaced = job->replaced,
        .present = job->present,
        .changed = files,
        .changed_count = job->count,
        .gone = (const char *const *)job->gone.items,
        .gone_count = job->gone.count,
    };
    loader->loaded(&event, loader->data);
    for (size_t i = 0; i < job->count; i++)
        job->items[i].file = files[i]; // NULL where it was taken
    free(files);
}

static void finish_closing(struct loader *loader)
{
    if (!loader->directory_closed || loader->parsing)
        return;
    void (*closed)(void *) = loader->closed;
    void *data = loader->closed_data;
    while (loader->first != NULL) {
        struct job *job = loader->first;
        loader->first = job->next;
        job_free(job);
    }
    free(loader->path);
    free(loader);
    if (closed != NULL)
        closed(data);
}

static void parsed(uv_work_t *work, int status)
{
    (void)status; // jobs are never cancelled
    struct job *job = work->data;
    struct loader *loader = job->loader;
    loader->parsing = false;
    if (!loader->closing)
        deliver(loader, job);
    job_free(job);
    if (loader->closing)
        finish_closing(loader);
    else
        start_next(loader);
}

static void start_next(struct loader *loader)
{
    struct job *job = loader->first;
    if (loader->parsing || job == NULL)
        return;
    loader->first = job->next;
    if (loader->first == NULL)
        loader->last = NULL;
    loader->parsing = true;
    uv_queue_work(loader->loop, &job->work, parse, parsed); // fails only without a function to run
}

static void batched(struct directory_batch *batch, void *data)
{
    struct loader *loader = data;
    if (batch->without_events && !loader->without_events)
        log_message(LOG_LEVEL_WARNING, NULL,
            "%s: changes are found by looking through the directory only (%s)", loader->path,
            batch->message == NULL ? "the kernel tells of none" : batch->message);
    loader->without_events = batch->without_events;
    struct job *job = job_of(loader, batch);
    if (loader->last == NULL)
        loader->first = job;
    else
        loader->last->next = job;
    loader->last = job;
    start_next(loader);
}

struct loader *loader_new(uv_loop_t *loop, const struct loader_options *options,
    loader_loaded *loaded, void *data, struct error *error)
{
    struct loader *loader = memory_new(1, sizeof(*loader));
    loader->loop = loop;
    loader->path = memory_text(options->directory);
    loader->loaded = loaded;
    loader->data = data;
    struct directory_options directory_options = {
        .path = options->directory,
        .settle_ms = options->settle_ms,
        .rescan_ms = options->rescan_ms,
    };
    loader->directory = directory_new(loop, &directory_options, batched, loader, error);
    if (loader->directory == NULL) {
        free(loader->path);
        free(loader);
        return NULL;
    }
    return loader;
}

void loader_rescan(struct loader *loader)
{
    directory_rescan(loader->directory);
}

static void directory_closed(void *data)
{
    struct loader *loader = data;
    loader->directory_closed = true;
    finish_closing(loader);
}

void loader_close(struct loader *loader, void (*closed)(void *data), void *data)
{
    if (loader == NULL) {
        if (closed != NULL)
            closed(data);
        return;
    }
    loader->closing = true;
    loader->closed = closed;
    loader->closed_data = data;
    directory_close(loader->directory, directory_closed, loader);
}
