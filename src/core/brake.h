// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The mass-deletion brake: how many deletions were done lately, how many are wanted, and whether
// one more may go ahead without a person's approval (design.md, section 6). Wanted ones count, so
// that of many nothing is deleted, rather than the first few.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Embedded. Times are of the wall clock, since they outlive restarts.
struct brake {
    int64_t *done_ms; // oldest first
    size_t done;
    size_t capacity;
    size_t wanted; // images that are to go, approved ones left out
};

// A deletion was sent.
void brake_note(struct brake *brake, int64_t wall_ms, int64_t window_ms);

// One that was noted at that time did not happen, or is noted anew.
void brake_forget(struct brake *brake, int64_t wall_ms);

// Whether deletions must wait: those wanted and those done within the window are more than
// `maximum`, or than a tenth of `total` where that is more.
bool brake_holds(
    const struct brake *brake, int64_t wall_ms, int64_t window_ms, uint32_t maximum, size_t total);

// The times as text, for the record, and back; what cannot be read is left out.
char *brake_format(const struct brake *brake);
void brake_parse(struct brake *brake, const char *text);

void brake_deinit(struct brake *brake);
