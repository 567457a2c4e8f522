// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What a simulated cloud starts with. Every part has a default, good for a first trial.

#include "sim/cloud.h"
#include "sim/error.h"

#include <jansson.h>
#include <stdint.h>

struct sim_scenario {
    char *client_id;
    char *client_secret;
    char *space_id;
    char *region;
    int64_t token_lifetime_ms;
    struct sim_cloud_settings cloud; // its region is `region`
    int64_t rate;                    // requests a second; 0: no limit
    json_t *resources[SIM_KINDS];    // lists of descriptions, of the shapes in schema.h
};

// Fills in the defaults.
void sim_scenario_init(struct sim_scenario *scenario);
void sim_scenario_deinit(struct sim_scenario *scenario);

// Takes over what the YAML file at `path` says; what it leaves out stays. The message of a failure
// begins with file:line:column, where there is one.
SIM_CHECK_RESULT int sim_scenario_read(
    struct sim_scenario *scenario, const char *path, struct sim_error *error);

// The same from a text; `name` stands for the file in messages.
SIM_CHECK_RESULT int sim_scenario_read_text(
    struct sim_scenario *scenario, const char *name, const char *text, struct sim_error *error);
