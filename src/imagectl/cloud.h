// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Waits until the daemon has seen the cloud: what it says before is no ground for a plan.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"
#include "imagectl/client.h"

struct error;

#define CLOUD_UNSEEN (-1)

// Fills `status` with what /v1/status says once the cloud was seen: since the start, or, with
// `anew`, from now on, which the daemon is asked for. ERROR_UNAVAILABLE when it does not get to see
// it.
int cloud_await(struct client *client, bool anew, struct client_answer *status,
    struct error *error) CHECK_RESULT;

// How long ago the daemon saw the cloud, as that status says; CLOUD_UNSEEN: not since its start.
int64_t cloud_age_ms(const json_t *status);
