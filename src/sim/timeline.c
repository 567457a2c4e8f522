// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A binary heap. Each entry carries a running number, which keeps the items of one instant in
// order: a heap alone would not, and runs of one seed must be alike.

#include "config.h"

#include "sim/timeline.h"
#include "sim/memory.h"

#include <stdlib.h>

struct entry {
    int64_t at_ms;
    uint64_t number;
    void *item;
};

struct sim_timeline {
    struct entry *heap;
    size_t count;
    size_t capacity;
    uint64_t pushed;
};

struct sim_timeline *sim_timeline_new(void)
{
    return sim_memory_new(sizeof(struct sim_timeline));
}

void sim_timeline_free(struct sim_timeline *timeline, void (*release)(void *item))
{
    if (timeline == NULL) {
        return;
    }
    for (size_t i = 0; release != NULL && i < timeline->count; i++) {
        release(timeline->heap[i].item);
    }
    free(timeline->heap);
    free(timeline);
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->number < b->number);
}

static void swap(struct entry *a, struct entry *b)
{
    struct entry kept = *a;

    *a = *b;
    *b = kept;
}

void sim_timeline_push(struct sim_timeline *timeline, int64_t at_ms, void *item)
{
    size_t i = timeline->count++;

    if (timeline->count > timeline->capacity) {
        timeline->capacity = timeline->capacity > 0 ? 2 * timeline->capacity : 16;
        timeline->heap = sim_memory_resize(
            timeline->heap, timeline->capacity, sizeof *timeline->heap);
    }
    timeline->heap[i] = (struct entry){at_ms, timeline->pushed++, item};
    while (i > 0 && is_before(&timeline->heap[i], &timeline->heap[(i - 1) / 2])) {
        swap(&timeline->heap[i], &timeline->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

bool sim_timeline_next(const struct sim_timeline *timeline, int64_t *at_ms)
{
    if (timeline->count == 0) {
        return false;
    }
    *at_ms = timeline->heap[0].at_ms;
    return true;
}

static void sift_down(struct sim_timeline *timeline)
{
    size_t i = 0;

    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < timeline->count; child++) {
            if (is_before(&timeline->heap[child], &timeline->heap[least])) {
                least = child;
            }
        }
        if (least == i) {
            return;
        }
        swap(&timeline->heap[i], &timeline->heap[least]);
        i = least;
    }
}

void *sim_timeline_pop(struct sim_timeline *timeline, int64_t now_ms, int64_t *at_ms)
{
    void *item;

    if (timeline->count == 0 || timeline->heap[0].at_ms > now_ms) {
        return NULL;
    }
    *at_ms = timeline->heap[0].at_ms;
    item = timeline->heap[0].item;
    timeline->heap[0] = timeline->heap[--timeline->count];
    sift_down(timeline);
    return item;
}
