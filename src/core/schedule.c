// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/instant.h"
#include "core/memory.h"
#include "core/schedule.h"

static void put(struct schedule *schedule, size_t position, struct schedule_entry *entry)
{
    schedule->heap[position - 1] = entry;
    entry->position = position;
}

static struct schedule_entry *at(const struct schedule *schedule, size_t position)
{
    return schedule->heap[position - 1];
}

static void move_up(struct schedule *schedule, struct schedule_entry *entry)
{
    size_t position = entry->position;
    while (position > 1 && at(schedule, position / 2)->due_ms > entry->due_ms) {
        put(schedule, position, at(schedule, position / 2));
        position /= 2;
    }
    put(schedule, position, entry);
}

static void move_down(struct schedule *schedule, struct schedule_entry *entry)
{
    size_t position = entry->position;
    for (;;) {
        size_t child = position * 2;
        if (child > schedule->count)
            break;
        if (child < schedule->count &&
            at(schedule, child + 1)->due_ms < at(schedule, child)->due_ms)
            child++;
        if (at(schedule, child)->due_ms >= entry->due_ms)
            break;
        put(schedule, position, at(schedule, child));
        position = child;
    }
    put(schedule, position, entry);
}

static void take_out(struct schedule *schedule, struct schedule_entry *entry)
{
    size_t position = entry->position;
    struct schedule_entry *last = at(schedule, schedule->count--);
    entry->position = 0;
    if (last == entry)
        return;
    put(schedule, position, last);
    move_up(schedule, last);
    move_down(schedule, last);
}

void schedule_set(struct schedule *schedule, struct schedule_entry *entry, int64_t due_ms)
{
    if (due_ms == INSTANT_NEVER) {
        if (entry->position != 0)
            take_out(schedule, entry);
        return;
    }
    entry->due_ms = due_ms;
    if (entry->position == 0) {
        schedule->heap = memory_grow(
            schedule->heap, schedule->count, &schedule->capacity, sizeof(struct schedule_entry *));
        schedule->count++;
        put(schedule, schedule->count, entry);
    }
    move_up(schedule, entry);
    move_down(schedule, entry);
}

int64_t schedule_next(const struct schedule *schedule)
{
    return schedule->count == 0 ? INSTANT_NEVER : at(schedule, 1)->due_ms;
}

struct schedule_entry *schedule_pop(struct schedule *schedule, int64_t now_ms)
{
    if (schedule_next(schedule) > now_ms)
        return NULL;
    struct schedule_entry *first = at(schedule, 1);
    take_out(schedule, first);
    return first;
}

void schedule_deinit(struct schedule *schedule)
{
    free(schedule->heap);
    *schedule = (struct schedule){0};
}
