// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the person in front of a running `watch` wants: signals and keys, waited for without a
// handler.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"

enum wish {
    WISH_NONE,
    WISH_END,    // Ctrl-C, q, SIGTERM, SIGHUP; or nobody reads the output any more
    WISH_REDRAW, // the terminal's size changed
    WISH_PAUSE,  // Ctrl-Z
};

struct error;
struct wishes;

// From here on the signals come as wishes. One that is ignored (in the background, under nohup)
// stays so.
struct wishes *wishes_new(struct error *error) CHECK_RESULT;
void wishes_free(struct wishes *wishes); // NULL is fine

// Waits so long for the next one.
enum wish wishes_wait(struct wishes *wishes, int64_t ms);

// Whether an end is wished for; does not wait, and forgets nothing.
bool wishes_end(void *wishes);
