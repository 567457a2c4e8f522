// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Makes the engine's effects durable: collects what one turn of the loop wants kept, commits it in
// one transaction, and tells when it is safe. A commit that failed is tried again, before anything
// newer, until it succeeds.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/effects.h"
#include "core/error.h"
#include "core/histogram.h"
#include "io/store.h"

struct recorder;

// Called from the loop. Success: `error` is NULL, and all up to `serial` is durable.
typedef void recorder_told(uint64_t serial, const struct error *error, void *data);

// Takes over the store.
struct recorder *recorder_new(
    uv_loop_t *loop, struct store *store, recorder_told *told, void *data);

// Takes what belongs into the record out of the effects (those entries are emptied).
void recorder_take(struct recorder *recorder, struct effects *effects);

// So much waits behind a commit that nothing more should be added where that can wait: the end of
// the commit is told. Not while commits fail, for that may last.
bool recorder_is_behind(const struct recorder *recorder);

// Nothing waits to become durable.
bool recorder_idle(const struct recorder *recorder);

struct recorder_statistics {
    uint64_t failures;      // commits that failed, each to be tried again
    struct histogram waits; // until a commit was durable; so many of them were
};

const struct recorder_statistics *recorder_statistics(const struct recorder *recorder);

struct store *recorder_store(const struct recorder *recorder);

// Makes one last attempt with what is not durable yet, closes the store, frees, and calls back.
// NULL is fine.
void recorder_close(struct recorder *recorder, void (*closed)(void *data), void *data);
