// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How long the loop is busy with one turn: so long may something that happens meanwhile have to
// wait. Wakes nobody: it looks at the clock when the loop goes to sleep.
#pragma once

#include <stdint.h>
#include <uv.h>

#include "core/histogram.h"

// Embedded; `durations` may be read at any time.
struct turns {
    uv_prepare_t prepare;
    uint64_t begun; // of this turn, by uv_hrtime
    uint64_t idle;  // slept until then, as the loop counts it
    struct histogram durations;
};

// Before the loop runs for the first time.
void turns_start(struct turns *turns, uv_loop_t *loop);
void turns_close(struct turns *turns);
