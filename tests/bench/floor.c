// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What reading a directory of declarations costs at the least, whoever does it: `floor files DIR`
// opens, reads and closes each file; `floor yaml DIR` lets libyaml parse the bytes of each into
// events, with a parser for each file, after all were read. Prints one JSON object; the seconds are
// those of the named work alone. Independent of imaged: links nothing of it.

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

#define FILE_LIMIT_BYTES (1024 * 1024)

struct content {
    char *name;
    unsigned char *bytes;
    size_t length;
};

struct contents {
    struct content *items;
    size_t count;
    size_t capacity;
    int directory_fd;
};

struct costs {
    double wall_s;
    double processor_s;
};

static void fail(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void *must(void *memory)
{
    if (memory == NULL)
        fail("memory");
    return memory;
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct costs costs_now(void)
{
    return (struct costs){seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
}

static void list(struct contents *contents, const char *path)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        fail(path);
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (contents->count == contents->capacity) {
            contents->capacity = contents->capacity * 2 + 1024;
            contents->items = must(
                realloc(contents->items, contents->capacity * sizeof(*contents->items)));
        }
        contents->items[contents->count++] = (struct content){.name = must(strdup(entry->d_name))};
    }
    contents->directory_fd = dup(dirfd(stream));
    if (contents->directory_fd < 0)
        fail(path);
    closedir(stream);
}

// Into one buffer for all, so that memory is not what is measured.
static size_t read_file(int directory_fd, const char *name, unsigned char *buffer)
{
    int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail(name);
    ssize_t got = read(fd, buffer, FILE_LIMIT_BYTES);
    if (got < 0)
        fail(name);
    close(fd);
    return (size_t)got;
}

static size_t read_all(struct contents *contents, bool keep)
{
    unsigned char *buffer = must(malloc(FILE_LIMIT_BYTES));
    size_t bytes = 0;
    for (size_t i = 0; i < contents->count; i++) {
        struct content *content = &contents->items[i];
        content->length = read_file(contents->directory_fd, content->name, buffer);
        bytes += content->length;
        if (keep) {
            content->bytes = must(malloc(content->length + 1));
            memcpy(content->bytes, buffer, content->length);
        }
    }
    free(buffer);
    return bytes;
}

static size_t parse(const struct content *content)
{
    yaml_parser_t parser;
    yaml_event_t event;
    size_t events = 0;
    bool end = false;
    if (!yaml_parser_initialize(&parser))
        fail("libyaml");
    yaml_parser_set_input_string(&parser, content->bytes, content->length);
    while (!end) {
        if (!yaml_parser_parse(&parser, &event))
            fail(content->name);
        end = event.type == YAML_STREAM_END_EVENT;
        events++;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return events;
}

static void print(const struct contents *contents, size_t bytes, const struct costs *before)
{
    struct costs after = costs_now();
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        fail("getrusage");
    printf("{\"files\": %zu, \"bytes\": %zu, \"wall_s\": %.6f, \"cpu_s\": %.6f, \"peak_kib\": "
           "%ld}\n",
        contents->count, bytes, after.wall_s - before->wall_s,
        after.processor_s - before->processor_s, usage.ru_maxrss);
}

static void release(struct contents *contents)
{
    for (size_t i = 0; i < contents->count; i++) {
        free(contents->items[i].name);
        free(contents->items[i].bytes);
    }
    free(contents->items);
    close(contents->directory_fd);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "files") != 0 && strcmp(argv[1], "yaml") != 0)) {
        fputs("usage: floor files|yaml DIRECTORY\n", stderr);
        return 2;
    }
    bool yaml = strcmp(argv[1], "yaml") == 0;
    struct contents contents = {0};
    list(&contents, argv[2]);
    struct costs before = costs_now();
    size_t bytes = read_all(&contents, yaml);
    if (yaml) {
        before = costs_now();
        size_t events = 0;
        for (size_t i = 0; i < contents.count; i++)
            events += parse(&contents.items[i]);
        if (contents.count > 0 && events == 0)
            fail("libyaml found nothing");
    }
    print(&contents, bytes, &before);
    release(&contents);
    return 0;
}
