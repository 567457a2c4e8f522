// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Moves the whole record from one store to another (imaged --migrate-state): images, settings and
// history. Only into an empty store, and only while no daemon uses either.
#pragma once

#include <uv.h>

#include "core/attributes.h"
#include "core/error.h"
#include "imaged/configuration.h"

// A place is `sqlite:PATH`, or `etcd:PREFIX` in the cluster that the configuration names (`etcd:`
// alone: below its prefix). Runs the loop, on which nothing else may be. What is moved stays where
// it was as well. A target that was not filled to the end is marked with STORE_SETTING_UNFINISHED,
// and no daemon works from it. Errors, beside those of the stores: ERROR_INVALID, no such place;
// ERROR_BUSY, a daemon uses one; ERROR_REFUSED, the target is not empty, or the source unfinished.
int migration_run(uv_loop_t *loop, const struct configuration *configuration, const char *from,
    const char *to, struct error *error) CHECK_RESULT;
