// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The service's HTTP front: one thread, one loop. It carries requests in and answers out, and does
// to connections what the service says; it knows nothing of what is asked.

#include "sim/clock.h"
#include "sim/error.h"
#include "sim/service.h"

struct sim_server;

// Serves `service` by `clock` (both borrowed) on the listening socket `descriptor`, which it closes
// in the end.
SIM_CHECK_RESULT struct sim_server *sim_server_new(struct sim_service *service,
    const struct sim_clock *clock, int descriptor, struct sim_error *error);

// Closes all connections, answered or not.
void sim_server_free(struct sim_server *server);

// Answers requests until `stop` (a descriptor) becomes readable.
SIM_CHECK_RESULT int sim_server_run(struct sim_server *server, int stop, struct sim_error *error);
