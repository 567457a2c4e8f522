// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Hash tables (uthash) in the house's way: memory from core/memory.h, so that there is no branch
// for none, and of uthash's hash functions the one that every compiler takes without a warning.
// Everybody includes this instead of uthash.h, so that a table made in one place works in another.
#pragma once

#include <stdlib.h>

#include "core/memory.h"

#define HASH_FUNCTION(key, length, hash) HASH_OAT(key, length, hash)
#define uthash_malloc(size)              memory_new(1, size)
#define uthash_free(block, size)         free(block)

#include <uthash.h>
