// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// From the directory's batches of bytes to the engine's event: parses on the work queue, so that a
// hundred thousand files do not hold up the loop, and delivers batches in their order.
#pragma once

#include <uv.h>

#include "core/attributes.h"
#include "core/engine.h"
#include "core/error.h"

struct loader;

struct loader_options {
    const char *directory;
    int64_t settle_ms;
    int64_t rescan_ms;
};

// Called from the loop. The event is borrowed; files may be taken out of it.
typedef void loader_loaded(struct directory_event *event, void *data);

struct loader *loader_new(uv_loop_t *loop, const struct loader_options *options,
    loader_loaded *loaded, void *data, struct error *error) CHECK_RESULT;

// Looks through the directory now.
void loader_rescan(struct loader *loader);

// Nothing is delivered any more; frees, and calls back. NULL is fine.
void loader_close(struct loader *loader, void (*closed)(void *data), void *data);
