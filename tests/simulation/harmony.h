// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Whether cloud and directory agree, looked at from outside: the files' texts against what the
// cloud would show anybody. The engine is asked for nothing but whether it says so too.
#pragma once

#include "core/attributes.h"
#include "simulation/world.h"

// NULL when all is as the operators mean it, else what is not; the caller frees it. `kind` (static)
// says the same without names.
char *harmony_missing(struct world *world, const char **kind) CHECK_RESULT;
