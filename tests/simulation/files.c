// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/files.h"
#include "simulation/ledger.h"

#define SETTLE_MS (SECOND / 5)
#define RESCAN_MS MINUTE

struct files *files_new(void)
{
    return memory_new(1, sizeof(struct files));
}

void files_free(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].path);
        free(files->items[i].text);
        text_list_deinit(&files->items[i].names);
    }
    free(files->items);
    free(files);
}

static struct file *find(const struct files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].path, path) == 0)
            return &files->items[i];
    return NULL;
}

const char *files_text(const struct world *world, const char *path)
{
    const struct file *file = find(world->host->files, path);
    return file == NULL ? NULL : file->text;
}

size_t files_present(const struct world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->host->files->count; i++)
        count += world->host->files->items[i].text != NULL ? 1 : 0;
    return count;
}

// ---- The watch

static void tell(struct world *world, struct directory_event *event)
{
    size_t changed = event->changed_count;
    daemon_directory(world, event);
    for (size_t i = 0; i < changed; i++)
        if (event->changed[i] != NULL && daemon_is_up(world))
            world_fail(world, "the engine left a file to the directory");
}

static void scan(struct world *world)
{
    struct files *files = world->host->files;
    struct declaration_file **changed = memory_new(files->count + 1, sizeof(*changed));
    struct directory_event event = {
        .complete = true, .present = files_present(world), .changed = changed};
    for (size_t i = 0; i < files->count; i++) {
        struct file *file = &files->items[i];
        if (file->text == NULL && file->told != 0)
            text_list_add(&event.gone, file->path);
        else if (file->text != NULL && file->told != file->version)
            changed[event.changed_count++] = declaration_file_read(
                file->path, file->text, strlen(file->text));
        file->told = file->text == NULL ? 0 : file->version;
    }
    ledger_directory(world, &event);
    if (event.changed_count > 0 || event.gone.count > 0)
        world_trace(world, "the directory: %zu changed, %zu gone, %zu there", event.changed_count,
            event.gone.count, event.present);
    tell(world, &event);
    text_list_deinit(&event.gone); // unless the daemon took it
    free(changed);
}

static void look(struct world *world, void *data)
{
    struct files *files = world->host->files;
    (void)data;
    files->scan_booked = false;
    if (!daemon_is_up(world))
        return;
    files->told_missing = files->missing;
    if (files->missing) {
        struct directory_event event = {.fault = "the directory is not there"};
        tell(world, &event);
    } else {
        scan(world);
    }
}

static void book_scan(struct world *world, int64_t delay_ms)
{
    struct files *files = world->host->files;
    if (files->scan_booked)
        return;
    files->scan_booked = true;
    world_at(world, delay_ms, look, NULL, NULL);
}

static void rescan(struct world *world, void *data)
{
    (void)data;
    book_scan(world, 0);
    world_at(world, RESCAN_MS, rescan, NULL, NULL);
}

void files_restart_watch(struct world *world)
{
    struct files *files = world->host->files;
    for (size_t i = 0; i < files->count; i++)
        files->items[i].told = 0;
    if (files->watch++ == 0)
        world_at(world, RESCAN_MS, rescan, NULL, NULL);
    book_scan(world, 10);
}

// ---- Changes

void files_put(struct world *world, const char *path, const char *text)
{
    struct files *files = world->host->files;
    struct file *file = find(files, path);
    if (file == NULL) {
        files->items = memory_grow(
            files->items, files->count, &files->capacity, sizeof(*files->items));
        file = &files->items[files->count++];
        *file = (struct file){.path = memory_text(path)};
    }
    memory_replace_text(&file->text, text);
    file->version = ++files->last_version;
    book_scan(world, SETTLE_MS);
}

void files_remove(struct world *world, const char *path)
{
    struct file *file = find(world->host->files, path);
    if (file == NULL)
        return;
    memory_replace_text(&file->text, NULL);
    book_scan(world, SETTLE_MS);
}

void files_set_missing(struct world *world, bool missing)
{
    world->host->files->missing = missing;
    book_scan(world, SETTLE_MS);
}
