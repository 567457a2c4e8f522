// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// jansson would give a text that there is no memory for as one that is not UTF-8, and a body as one
// that is not JSON; libuv aborts without a word. SQLite, libcurl and libmicrohttpd tell of it like
// of any other failure, and what they were to do is tried again.
//
// What jansson frees is wiped: it reads tokens and writes passwords, in buffers of its own.
#include "config.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <uv.h>

#include "core/memory.h"
#include "imaged/allocators.h"

static void *allocate(size_t size)
{
    return memory_new(1, size);
}

static void *allocate_again(void *old, size_t size)
{
    return memory_resize(old, size, 1);
}

static void *allocate_array(size_t count, size_t size)
{
    return memory_new(count, size);
}

static void give_back(uv_work_t *work)
{
    (void)work;
    malloc_trim(0);
}

static void given_back(uv_work_t *work, int status)
{
    (void)status; // it is never cancelled
    struct trim *trim = work->data;
    trim->under_way = false;
}

void allocators_trim(struct trim *trim, uv_loop_t *loop)
{
    if (trim->under_way)
        return;
    trim->under_way = true;
    trim->work.data = trim;
    uv_queue_work(loop, &trim->work, give_back, given_back); // fails only without a function
}

void allocators_install(void)
{
    json_set_alloc_funcs(allocate, memory_wipe);
    uv_replace_allocator(allocate, allocate_again, allocate_array, free); // fails only without one
}
