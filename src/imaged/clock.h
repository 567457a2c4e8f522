// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What time it is. The only place in the daemon that reads a clock for the engine.
#pragma once

#include "core/instant.h"

// The monotonic part goes on while the machine is suspended.
struct instant clock_now(void);

// How long a timer of the loop is to wait for that monotonic moment, which may be past or
// INSTANT_NEVER: at least 1 ms, and a minute at most, for the loop's own clock stands still while
// the machine is suspended, and looking that often bridges it.
uint64_t clock_wait_ms(int64_t monotonic_ms);
