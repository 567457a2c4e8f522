// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// uthash with the simulator's allocator (no branch for a full memory), and with the hash function
// of uthash that compiles without warnings everywhere.

#include "sim/memory.h"

#include <stdlib.h>

#define HASH_FUNCTION(key, length, hash) HASH_OAT(key, length, hash)
#define uthash_malloc(size)              sim_memory_new(size)
#define uthash_free(block, size)         free(block)

#include <uthash.h>
#include <utlist.h>
