// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What time it is. The only place in the daemon that reads a clock for the engine.
#pragma once

#include "core/instant.h"

// The monotonic part goes on while the machine is suspended.
struct instant clock_now(void);
