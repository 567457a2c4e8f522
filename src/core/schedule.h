// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A timetable: which of many items is due next. A binary heap of entries that live inside the items
// themselves, so that a hundred thousand timers cost no allocation and a move costs a logarithm.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Embedded in an item. Zeroed: not scheduled.
struct schedule_entry {
    int64_t due_ms;  // monotonic
    size_t position; // from 1; 0: not scheduled
};

// Initialise with {0}.
struct schedule {
    struct schedule_entry **heap;
    size_t count;
    size_t capacity;
};

// Schedules the entry, or moves it; INSTANT_NEVER takes it out.
void schedule_set(struct schedule *schedule, struct schedule_entry *entry, int64_t due_ms);

// When the first entry is due, or INSTANT_NEVER.
int64_t schedule_next(const struct schedule *schedule);

// Takes out the first entry if it is due, else NULL.
struct schedule_entry *schedule_pop(struct schedule *schedule, int64_t now_ms);

void schedule_deinit(struct schedule *schedule);
