// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the loopback port serves to those who may only look: health, metrics, the status page and
// the data that it shows. Private to the daemon.
#pragma once

#include "imaged/daemon_state.h"

// Watches for changes to tell those that follow /events. Before the port is opened.
void api_status_start(struct daemon *daemon);
void api_status_close(struct daemon *daemon);

// A request on the loopback port.
void api_handle_status(struct control_request *request, void *data);

// /metrics, gathered from all parts.
void api_status_metrics(struct control_request *request, struct daemon *daemon);
