// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "imaged/loader.h"
#include "io/directory.h"
#include "io/directory_batch.h"
#include "io/log.h"

// One batch, which was read from the disk, is parsed, delivered and freed. All but delivering
// happens on the work queue, for a batch may be long. Jobs are parsed one after the other, so that
// they arrive in order.
struct job {
    struct job *next;
    struct loader *loader; // not looked at once it is delivered
    const char *directory; // the loader's; likewise
    uv_work_t work;
    struct directory_batch batch;
    char *fault;
    struct declaration_file **files; // of all that changed, and then of all that is not ready
    struct text_list gone;
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

static size_t file_count(const struct job *job)
{
    return job->batch.changed_count + job->batch.not_ready_count;
}

static void free_contents(struct job *job)
{
    for (size_t i = 0; job->files != NULL && i < file_count(job); i++)
        declaration_file_free(job->files[i]);
    free(job->files);
    text_list_deinit(&job->gone);
    directory_batch_deinit(&job->batch);
    free(job->fault);
}

static struct declaration_file *parse_file(const struct job *job, struct directory_file *file)
{
    CLEANUP(memory_free_text) char *path = memory_format("%s/%s", job->directory, file->name);
    if (file->state != DIRECTORY_FILE_READ)
        return declaration_file_unreadable(
            path, file->reason == NULL ? "cannot be read" : file->reason);
    struct declaration_file *said = declaration_file_read(path, file->bytes, file->length);
    free(file->bytes);
    file->bytes = NULL;
    return said;
}

static void parse(uv_work_t *work)
{
    struct job *job = work->data;
    struct directory_batch *batch = &job->batch;
    if (batch->state != DIRECTORY_READ)
        job->fault = memory_format(
            "the declarations directory %s %s; what was declared before stays in force",
            job->directory, batch->message == NULL ? "cannot be read" : batch->message);
    job->files = memory_new(file_count(job), sizeof(struct declaration_file *));
    for (size_t i = 0; i < batch->changed_count; i++)
        job->files[i] = parse_file(job, &batch->changed[i]);
    for (size_t i = 0; i < batch->not_ready_count; i++)
        job->files[batch->changed_count + i] = parse_file(job, &batch->not_ready[i]);
    for (size_t i = 0; i < batch->gone_count; i++) {
        CLEANUP(memory_free_text)
        char *path = memory_format("%s/%s", job->directory, batch->gone[i]);
        text_list_add(&job->gone, path);
    }
}

static void discard(uv_work_t *work)
{
    free_contents(work->data);
}

static void discarded(uv_work_t *work, int status)
{
    (void)status; // jobs are never cancelled
    free(work->data);
}

static void start_next(struct loader *loader);

static void deliver(struct loader *loader, struct job *job)
{
    struct directory_event event = {
        .fault = job->fault,
        .complete = job->batch.complete,
        .replaced = job->batch.replaced,
        .present = job->batch.present,
        .changed = job->files,
        .changed_count = file_count(job),
        .gone = job->gone,
    };
    loader->loaded(&event, loader->data);
    job->gone = event.gone; // empty where it was taken
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
        free_contents(job);
        free(job);
    }
    free(loader->path);
    free(loader);
    if (closed != NULL)
        closed(data);
}

static void parsed(uv_work_t *work, int status)
{
    (void)status; // likewise
    struct job *job = work->data;
    struct loader *loader = job->loader;
    loader->parsing = false;
    if (!loader->closing)
        deliver(loader, job);
    uv_queue_work(loader->loop, &job->work, discard, discarded); // fails only without a function
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
    uv_queue_work(loader->loop, &job->work, parse, parsed); // likewise
}

static void batched(struct directory_batch *batch, void *data)
{
    struct loader *loader = data;
    if (batch->without_events && !loader->without_events)
        log_message(LOG_LEVEL_WARNING, NULL,
            "%s: changes are found by looking through the directory only (%s)", loader->path,
            batch->message == NULL ? "the kernel tells of none" : batch->message);
    loader->without_events = batch->without_events;
    struct job *job = memory_new(1, sizeof(*job));
    job->loader = loader;
    job->directory = loader->path;
    job->work.data = job;
    job->batch = *batch;
    *batch = (struct directory_batch){0};
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
