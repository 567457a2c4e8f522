// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What is due, and when: items in order of time, those of one instant in the order they came. Items
// are borrowed: whoever puts one in says what becomes of it.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_timeline;

struct sim_timeline *sim_timeline_new(void);

// Hands what is left to `release` (which may be NULL), then frees the timeline.
void sim_timeline_free(struct sim_timeline *timeline, void (*release)(void *item));

void sim_timeline_push(struct sim_timeline *timeline, int64_t at_ms, void *item);

// The time of the earliest item; false when there is none.
bool sim_timeline_next(const struct sim_timeline *timeline, int64_t *at_ms);

// Takes the earliest item out if it is due at `now_ms`, and says when it was; NULL otherwise.
void *sim_timeline_pop(struct sim_timeline *timeline, int64_t now_ms, int64_t *at_ms);
