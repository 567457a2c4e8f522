// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the core alone costs with so many declarations, from nothing to all images made, looked at,
// changed and remembered: `scale COUNT...`. A clock of its own and a cloud that is a table; time is
// counted only while the engine, or the reader of declarations, is at work, and memory is what
// malloc has handed out. Prints one JSON object for each count. It judges no figure, but fails when
// the engine does not end where it should.

#include "config.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/scale_cloud.h"
#include "core/engine.h"
#include "core/memory.h"
#include "core/text.h"

#define START_WALL_MS INT64_C(1795593600000)
#define LATENCY_MS    10
#define RESYNC_MS     (24 * 60 * 60 * 1000) // or the longer it takes to make all, the more of these
#define TOUCHES       200
#define TURN_LIMIT    100000000 // an engine that does not come to rest is a failure

struct requests {
    struct request **items;
    size_t count;
    size_t capacity;
};

struct scale {
    size_t count;
    struct scale_cloud cloud;
    struct engine *engine;
    struct lifecycle defaults;
    struct effects effects;
    struct instant now;
    struct requests requests;
    struct record **records; // what is durable, by number
    uint64_t serial;         // of the commit under way; 0: none
    double spent_s;          // by the engine
};

static double processor_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t memory_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void fail(const struct scale *scale, const char *what)
{
    struct engine_summary summary = engine_summary(scale->engine);
    fprintf(stderr, "scale: %zu declarations: %s (%zu images, %zu available)\n", scale->count, what,
        summary.total, summary.states[STATE_AVAILABLE]);
    exit(EXIT_FAILURE);
}

// ---- Driving the engine

static void keep(struct scale *scale, struct record *record)
{
    size_t number = strtoul(record->name + strlen("web-"), NULL, 10);
    record_free(scale->records[number]);
    scale->records[number] = record;
}

static void take_effects(struct scale *scale)
{
    if (scale->effects.serial != 0)
        scale->serial = scale->effects.serial;
    for (size_t i = 0; i < scale->effects.count; i++) {
        struct effect *effect = &scale->effects.items[i];
        if (effect->kind == EFFECT_REQUEST) {
            struct requests *requests = &scale->requests;
            requests->items = memory_grow(
                requests->items, requests->count, &requests->capacity, sizeof(*requests->items));
            requests->items[requests->count++] = effect->request;
            effect->request = NULL;
        } else if (effect->kind == EFFECT_SAVE) {
            keep(scale, effect->record);
            effect->record = NULL;
        }
    }
    effects_clear(&scale->effects);
}

static void handle(struct scale *scale, const struct event *event)
{
    double before = processor_s();
    engine_handle(scale->engine, event, scale->now, &scale->effects);
    scale->spent_s += processor_s() - before;
    take_effects(scale);
}

static void pass_time(struct scale *scale, int64_t duration_ms)
{
    scale->now.monotonic_ms += duration_ms;
    scale->now.wall_ms += duration_ms;
}

static void commit(struct scale *scale)
{
    struct event event = {.kind = EVENT_COMMITTED, .serial = scale->serial};
    scale->serial = 0;
    handle(scale, &event);
}

// All that is under way comes back at the same time; what follows from it is under way then.
static void answer_all(struct scale *scale)
{
    struct requests due = scale->requests;
    scale->requests = (struct requests){0};
    pass_time(scale, LATENCY_MS);
    for (size_t i = 0; i < due.count; i++) {
        struct answer answer;
        scale_cloud_serve(&scale->cloud, due.items[i], &answer);
        struct event event = {.kind = EVENT_ANSWER, .answer = &answer};
        handle(scale, &event);
        answer_deinit(&answer);
        request_free(due.items[i]);
    }
    free(due.items);
}

static void turn(struct scale *scale)
{
    if (scale->serial != 0) {
        commit(scale);
    } else if (scale->requests.count > 0) {
        answer_all(scale);
    } else {
        int64_t next_ms = engine_next_wake(scale->engine);
        if (next_ms == INSTANT_NEVER)
            fail(scale, "it waits for nothing");
        if (next_ms > scale->now.monotonic_ms)
            pass_time(scale, next_ms - scale->now.monotonic_ms);
        struct event event = {.kind = EVENT_TIMER};
        handle(scale, &event);
    }
}

static bool at_rest(const struct scale *scale, size_t available)
{
    return scale->serial == 0 && scale->requests.count == 0 && engine_settled(scale->engine) &&
           engine_summary(scale->engine).states[STATE_AVAILABLE] == available;
}

// Until so many images are available and nothing is under way, and the cloud was listed so often.
static void settle(struct scale *scale, size_t lists)
{
    size_t wanted = scale->cloud.requests[OPERATION_LIST_IMAGES] + lists;
    for (size_t i = 0; i < TURN_LIMIT; i++) {
        if (scale->cloud.requests[OPERATION_LIST_IMAGES] >= wanted && at_rest(scale, scale->count))
            return;
        turn(scale);
    }
    fail(scale, "it does not come to rest");
}

static void start_engine(struct scale *scale)
{
    struct engine_options options = engine_default_options();
    options.installation = "bench";
    options.defaults = &scale->defaults;
    options.resync_ms = RESYNC_MS;
    options.seed = 1;
    scale->engine = engine_new(&options);
    struct record_list records = {0};
    for (size_t i = 0; i < scale->count; i++)
        if (scale->records[i] != NULL)
            record_list_add(&records, record_clone(scale->records[i]));
    struct event event = {.kind = EVENT_LOADED, .loaded = {.records = &records}};
    handle(scale, &event);
    record_list_deinit(&records);
}

// ---- Declarations

static struct declaration_file *read_file(size_t number, const char *team)
{
    CLEANUP(memory_free_text) char *name = scale_name(number);
    CLEANUP(memory_free_text) char *path = memory_format("/images.d/%s.yaml", name);
    CLEANUP(memory_free_text)
    char *bytes = memory_format("name: %s\nsource_image_id: ami-0b7df82c\n"
                                "source_region_name: cloudgouv-eu-west-1\n"
                                "access:\n  is_public: false\n"
                                "tags:\n  Name: %s\n  Team: %s\n",
        name, name, team);
    return declaration_file_read(path, bytes, strlen(bytes));
}

static double read_directory(struct declaration_file **files, size_t count)
{
    double before = processor_s();
    for (size_t i = 0; i < count; i++)
        files[i] = read_file(i, "platform");
    return processor_s() - before;
}

static void declare(struct scale *scale, struct declaration_file **files)
{
    struct directory_event directory = {
        .complete = true,
        .present = scale->count,
        .changed = files,
        .changed_count = scale->count,
    };
    struct event event = {.kind = EVENT_DIRECTORY, .directory = &directory};
    handle(scale, &event);
}

// One file changes: its image's tags follow.
static void touch(struct scale *scale, size_t number)
{
    struct declaration_file *file = read_file(number, "another");
    struct directory_event directory = {
        .complete = true,
        .present = scale->count,
        .changed = &file,
        .changed_count = 1,
    };
    struct event event = {.kind = EVENT_DIRECTORY, .directory = &directory};
    handle(scale, &event);
    settle(scale, 0);
}

// ---- Measuring

// What the engine spent since the last time that this was asked.
static double lap(struct scale *scale)
{
    double spent_s = scale->spent_s;
    scale->spent_s = 0;
    return spent_s;
}

static int by_size(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

// The median: in the first ones malloc sorts what the list of all left behind.
static double touch_many(struct scale *scale)
{
    double spent_s[TOUCHES];
    lap(scale);
    for (size_t i = 0; i < TOUCHES; i++) {
        touch(scale, scale->count * i / TOUCHES);
        spent_s[i] = lap(scale);
    }
    qsort(spent_s, TOUCHES, sizeof(spent_s[0]), by_size);
    return spent_s[TOUCHES / 2];
}

// Ends a step. counts.py has valgrind look for this function by its name.
__attribute__((noinline)) static void print_per(const char *name, double spent_s, size_t count)
{
    printf(", \"%s\": %.4f", name, spent_s * 1e6 / (double)count);
}

static void measure_life(struct scale *scale)
{
    size_t empty = memory_bytes();
    start_engine(scale);
    lap(scale);
    struct declaration_file **files = memory_new(scale->count, sizeof(struct declaration_file *));
    printf("{\"count\": %zu", scale->count);
    print_per("read_us", read_directory(files, scale->count), scale->count);
    declare(scale, files);
    free(files);
    print_per("declare_us", lap(scale), scale->count);
    settle(scale, 0);
    print_per("create_us", lap(scale), scale->count);
    settle(scale, 1);
    print_per("resync_us", lap(scale), scale->count);
    print_per("touch_us", touch_many(scale), 1);
    // The bench's own are not the engine's.
    scale_cloud_deinit(&scale->cloud);
    for (size_t i = 0; i < scale->count; i++) {
        record_free(scale->records[i]);
        scale->records[i] = NULL;
    }
    printf(", \"bytes\": %.0f", (double)(memory_bytes() - empty) / (double)scale->count);
}

static void run(size_t count)
{
    struct scale scale = {
        .count = count,
        .now = {1000, START_WALL_MS},
        .records = memory_new(count, sizeof(*scale.records)),
    };
    scale_cloud_init(&scale.cloud, count);
    measure_life(&scale);
    printf("}\n");
    fflush(stdout);
    engine_free(scale.engine);
    effects_deinit(&scale.effects);
    free(scale.requests.items);
    free(scale.records);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: scale COUNT...\n", stderr);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        size_t count = strtoul(argv[i], NULL, 10);
        if (count < TOUCHES) {
            fprintf(stderr, "scale: \"%s\" is not a number from %d on\n", argv[i], TOUCHES);
            return 2;
        }
        run(count);
    }
    return 0;
}
