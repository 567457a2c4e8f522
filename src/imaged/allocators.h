// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Brings the libraries that would take a lack of memory for something else under the policy of
// core/memory.h: the program stops with a message.
#pragma once

#include <stdbool.h>
#include <uv.h>

// Before any other use of libuv and jansson.
void allocators_install(void);

// Embedded; initialise with {0}. Not to be moved while it is under way.
struct trim {
    uv_work_t work;
    bool under_way;
};

// Gives back to the system what bulk work took and left: in holes, the C library would keep it. On
// the work queue, for it looks at all of the memory. Nothing happens while one is under way.
void allocators_trim(struct trim *trim, uv_loop_t *loop);
