// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon as a whole: puts engine, cloud, record, directory, control socket and service manager
// together on one loop. Each turn is: an event in, decisions, effects out.
#pragma once

#include "core/attributes.h"
#include "imaged/options.h"

// Runs until a signal, or, with --once, until all is settled. Returns the exit status of imaged(8).
int daemon_run(const struct options *options) CHECK_RESULT;
