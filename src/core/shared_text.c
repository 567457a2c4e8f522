// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shared_text.h"
#include "core/text.h"

struct shared_text {
    atomic_uint references;
    char bytes[];
};

static struct shared_text *block_of(const char *shared)
{
    char *bytes;
    memcpy(&bytes, &shared, sizeof(bytes)); // ours, and not const, before it was shared
    return (struct shared_text *)(void *)(bytes - offsetof(struct shared_text, bytes));
}

const char *shared_text_new(const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    struct shared_text *block = memory_new(1, sizeof(*block) + size);
    atomic_init(&block->references, 1);
    memcpy(block->bytes, text, size);
    return block->bytes;
}

const char *shared_text_ref(const char *shared)
{
    if (shared != NULL)
        atomic_fetch_add_explicit(&block_of(shared)->references, 1, memory_order_relaxed);
    return shared;
}

void shared_text_unref(const char *shared)
{
    if (shared == NULL)
        return;
    struct shared_text *block = block_of(shared);
    if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
        free(block);
}

void shared_text_replace(const char **member, const char *shared)
{
    const char *before = *member;
    *member = shared_text_ref(shared);
    shared_text_unref(before);
}

bool shared_text_equal(const char *one, const char *other)
{
    return one != NULL && text_equal(one, other);
}
