// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a scan found, being collected. Owned by the scan that fills it, then by the loop.
#pragma once

#include "io/directory.h"
#include "io/directory_file.h"

struct directory_collection {
    struct directory_batch batch;
    size_t changed_capacity;
    size_t not_ready_capacity;
    size_t gone_capacity;
};

// Takes bytes and reason out of the look.
void directory_collect_changed(
    struct directory_collection *collection, const char *name, struct directory_look *look);
void directory_collect_not_ready(
    struct directory_collection *collection, const char *name, struct directory_look *look);
void directory_collect_gone(struct directory_collection *collection, const char *name);

// By name, so that what follows from a batch does not depend on the file system's order.
void directory_collection_sort(struct directory_collection *collection);

bool directory_batch_is_empty(const struct directory_batch *batch);
void directory_batch_deinit(struct directory_batch *batch);
