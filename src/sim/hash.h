// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// uthash with the simulator's allocator: no branch for a full memory.

#include "sim/memory.h"

#include <stdlib.h>

#define uthash_malloc(size)      sim_memory_new(size)
#define uthash_free(block, size) free(block)

#include <uthash.h>
#include <utlist.h>
