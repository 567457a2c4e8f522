// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file_name.h"
#include "core/memory.h"
#include "imagectl/sources.h"

#define STDIN_NAME  "<stdin>"
#define FIRST_BYTES 8192

static void add(struct sources *sources, struct source_file source, char *fault)
{
    if (fault != NULL) {
        free(source.bytes);
        source.bytes = NULL;
        source.file = declaration_file_unreadable(source.path, fault);
        sources->unreadable = true;
        free(fault);
    } else {
        source.file = declaration_file_read(source.path, source.bytes, source.length);
    }
    sources->items = memory_grow(
        sources->items, sources->count, &sources->capacity, sizeof(struct source_file));
    sources->items[sources->count++] = source;
}

// Up to one byte more than a file may have, so that the reader sees that it is too large. NULL, or
// what went wrong.
static char *read_bytes(int fd, struct source_file *source)
{
    size_t capacity = FIRST_BYTES;
    source->bytes = memory_new(capacity + 1, 1);
    while (source->length <= DECLARATION_FILE_LIMIT_BYTES) {
        if (source->length == capacity) {
            capacity *= 2;
            source->bytes = memory_resize(source->bytes, capacity + 1, 1);
        }
        size_t room = capacity - source->length;
        size_t left = DECLARATION_FILE_LIMIT_BYTES + 1 - source->length;
        ssize_t got = read(fd, source->bytes + source->length, room < left ? room : left);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return memory_format("cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        source->length += (size_t)got;
    }
    source->bytes[source->length] = '\0';
    return NULL;
}

// In a directory only regular files count, and none is waited for.
static void add_file(struct sources *sources, char *path, bool in_directory)
{
    struct source_file source = {.path = path};
    struct stat status = {0};
    char *fault = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (in_directory ? O_NONBLOCK : 0));
    if (fd < 0)
        fault = memory_format("cannot be opened: %s", strerror(errno));
    else if (fstat(fd, &status) != 0)
        fault = memory_format("cannot be looked at: %s", strerror(errno));
    else if (in_directory && !S_ISREG(status.st_mode))
        fault = memory_text("is not a regular file");
    else if (S_ISREG(status.st_mode) && status.st_size > DECLARATION_FILE_LIMIT_BYTES)
        fault = memory_format("has %lld bytes; at most %d are read: split it",
            (long long)status.st_size, DECLARATION_FILE_LIMIT_BYTES);
    else
        fault = read_bytes(fd, &source);
    if (fd >= 0)
        close(fd);
    add(sources, source, fault);
}

static int is_declaration(const struct dirent *entry)
{
    return file_name_is_declaration(entry->d_name);
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void add_directory(struct sources *sources, const char *path)
{
    struct dirent **entries = NULL;
    size_t length = strlen(path);
    const char *slash = length > 0 && path[length - 1] == '/' ? "" : "/";
    int count = scandir(path, &entries, is_declaration, by_bytes);
    if (count < 0)
        add(sources, (struct source_file){.path = memory_text(path)},
            memory_format("cannot be read: %s", strerror(errno)));
    for (int i = 0; i < count; i++) {
        add_file(sources, memory_format("%s%s%s", path, slash, entries[i]->d_name), true);
        free(entries[i]);
    }
    free(entries);
}

void sources_read(struct sources *sources, char *const *paths, size_t count)
{
    *sources = (struct sources){0};
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        struct source_file standard_input = {0};
        if (strcmp(paths[i], "-") == 0) {
            char *fault = read_bytes(STDIN_FILENO, &standard_input);
            standard_input.path = memory_text(STDIN_NAME);
            add(sources, standard_input, fault);
        } else if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            add_directory(sources, paths[i]);
        } else {
            add_file(sources, memory_text(paths[i]), false);
        }
    }
    sources->files = memory_new(sources->count, sizeof(*sources->files));
    for (size_t i = 0; i < sources->count; i++)
        sources->files[i] = sources->items[i].file;
}

void sources_deinit(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        declaration_file_free(sources->items[i].file);
        free(sources->items[i].bytes);
        free(sources->items[i].path);
    }
    free(sources->items);
    free(sources->files);
    *sources = (struct sources){0};
}
