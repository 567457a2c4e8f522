// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The place where the simulator listens: a loopback address, and no other. It gives out tokens to
// whoever knows a password of a test, so it must not be reachable from elsewhere.

#include "sim/error.h"

#include <netinet/in.h>
#include <sys/socket.h>

// Reads "127.0.0.1:8080", "localhost:0" or "[::1]:8080", opens a listening socket there, and gives
// its descriptor. Port 0 takes a free one. -1 when the text is no loopback address, or it is taken.
SIM_CHECK_RESULT int sim_listener_open(const char *address, struct sim_error *error);

// "http://127.0.0.1:41234" of a listening socket, to be freed with free().
char *sim_listener_url(int descriptor);
