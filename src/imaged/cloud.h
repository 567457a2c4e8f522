// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The way to the cloud and back: the traffic controller (numspot/client.h) on real sockets
// (io/http.h), with the secret read anew when the cloud refuses it. It knows requests and answers,
// not images.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "core/attributes.h"
#include "core/cloud.h"
#include "core/error.h"
#include "imaged/configuration.h"
#include "numspot/client.h"

struct cloud;

// Called from the loop for each answer; what it takes out of the answer it sets to NULL. May
// submit.
typedef void cloud_answered(struct answer *answer, void *data);

// Whether anything may be sent at this moment; asked right before each request is written.
struct cloud_gate {
    bool (*is_open)(void *data); // NULL: always
    void *data;
};

// What of the configuration cloud_new would refuse, but for the secret. Opens no connection, and
// runs the loop, on which nothing else may be.
int cloud_check(
    uv_loop_t *loop, const struct configuration *configuration, struct error *error) CHECK_RESULT;

struct cloud *cloud_new(uv_loop_t *loop, const struct configuration *configuration,
    struct cloud_gate gate, cloud_answered *answered, void *data, struct error *error) CHECK_RESULT;

// Takes over the request. It leaves, and its answer comes, with cloud_pump at the earliest.
void cloud_submit(struct cloud *cloud, struct request *request);

// Sends what may be sent and delivers what is answered. To be called after each turn; also runs by
// itself when time or the network brings something.
void cloud_pump(struct cloud *cloud);

void cloud_set_limits(struct cloud *cloud, const struct configuration *configuration);

// No new request leaves from now on: those that wait are answered as not sent. Those under way go
// on; when the last of them has ended, perhaps at once, `drained` is called.
void cloud_drain(struct cloud *cloud, void (*drained)(void *data), void *data);

struct client_statistics cloud_statistics(const struct cloud *cloud);
const struct tally *cloud_tally(const struct cloud *cloud);

// Ends all transfers, delivers their answers, then frees and calls back. NULL is fine.
void cloud_close(struct cloud *cloud, void (*closed)(void *data), void *data);
