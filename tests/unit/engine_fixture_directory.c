// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "engine_fixture.h"

static struct declaration_file *read_file(const struct fixture_file *file)
{
    return declaration_file_read(file->path, file->text, strlen(file->text));
}

static struct fixture_file *find_file(struct fixture *fixture, const char *path)
{
    for (size_t i = 0; i < fixture->file_count; i++)
        if (strcmp(fixture->files[i].path, path) == 0)
            return &fixture->files[i];
    return NULL;
}

static void tell_directory(struct fixture *fixture, struct directory_event *directory)
{
    struct event event = {.kind = EVENT_DIRECTORY, .directory = directory};
    fixture_handle(fixture, &event);
    for (size_t i = 0; i < directory->changed_count; i++)
        assert_null(directory->changed[i]);
}

void fixture_put(struct fixture *fixture, const char *path, const char *text)
{
    struct fixture_file *file = find_file(fixture, path);
    if (file == NULL) {
        assert_true(fixture->file_count < FIXTURE_FILES);
        file = &fixture->files[fixture->file_count++];
        file->path = memory_text(path);
    }
    memory_replace_text(&file->text, text);
    struct declaration_file *changed[] = {read_file(file)};
    struct directory_event directory = {
        .complete = true, .present = fixture->file_count, .changed = changed, .changed_count = 1};
    tell_directory(fixture, &directory);
}

static void drop_file(struct fixture *fixture, const char *path)
{
    struct fixture_file *file = find_file(fixture, path);
    assert_non_null(file);
    free(file->path);
    free(file->text);
    *file = fixture->files[--fixture->file_count];
    fixture->files[fixture->file_count] = (struct fixture_file){0};
}

void fixture_remove(struct fixture *fixture, const char *path)
{
    drop_file(fixture, path);
    struct directory_event directory = {.complete = true, .present = fixture->file_count};
    text_list_add(&directory.gone, path);
    tell_directory(fixture, &directory);
}

void fixture_read_directory(struct fixture *fixture)
{
    struct declaration_file *changed[FIXTURE_FILES];
    for (size_t i = 0; i < fixture->file_count; i++)
        changed[i] = read_file(&fixture->files[i]);
    struct directory_event directory = {.complete = true,
        .present = fixture->file_count,
        .changed = changed,
        .changed_count = fixture->file_count};
    tell_directory(fixture, &directory);
}

void fixture_directory_fault(struct fixture *fixture, const char *fault)
{
    struct directory_event directory = {.fault = fault};
    tell_directory(fixture, &directory);
}

void fixture_empty_directory(struct fixture *fixture, bool replaced)
{
    struct directory_event directory = {.complete = true, .replaced = replaced};
    for (size_t i = 0; i < fixture->file_count; i++)
        text_list_add(&directory.gone, fixture->files[i].path);
    for (size_t i = 0; i < directory.gone.count; i++)
        drop_file(fixture, directory.gone.items[i]);
    tell_directory(fixture, &directory);
}

void fixture_put_vm(struct fixture *fixture, int number, const char *more)
{
    char path[32];
    char text[256];
    snprintf(path, sizeof(path), "vm-%d.yaml", number);
    snprintf(text, sizeof(text), "name: vm-%d\nvm_id: i-%d\n%s", number, number, more);
    fixture_put(fixture, path, text);
}

void fixture_remove_vm(struct fixture *fixture, int number)
{
    char path[32];
    snprintf(path, sizeof(path), "vm-%d.yaml", number);
    fixture_remove(fixture, path);
}

struct fixture *fixture_with_images(int count, const char *more)
{
    struct fixture *fixture = fixture_new();
    for (int i = 0; i < count; i++)
        fixture_put_vm(fixture, i, more);
    fixture_settle(fixture);
    assert_int_equal(fixture->cloud.count, count);
    return fixture;
}
