// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The API proper, without faults: who asks, whether what is asked is right, and the answer.

#include "sim/cloud.h"
#include "sim/scenario.h"
#include "sim/target.h"
#include "sim/token.h"

struct sim_api;

// Copies what it needs of the scenario. The cloud and the tokens are borrowed.
struct sim_api *sim_api_new(
    const struct sim_scenario *scenario, struct sim_cloud *cloud, struct sim_tokens *tokens);
void sim_api_free(struct sim_api *api);

// Changes what clients must identify themselves with. Tokens that were given out stay good.
void sim_api_set_client(struct sim_api *api, const char *id, const char *secret);

// How a request is to be answered. Zero, but for the times, is the ordinary way.
struct sim_api_mode {
    int64_t now_ms;
    int64_t as_of_ms;   // what a GET sees
    int64_t hidden_ms;  // see struct sim_call
    bool fail_image;    // likewise
    bool is_authorised; // it was found to be when it came
};

void sim_api_answer(struct sim_api *api, const struct sim_request *request,
    const struct sim_target *target, const struct sim_api_mode *mode,
    struct sim_response *response);

// Whether a request carries a good token, if it needs one. Answers 401 if it does not.
SIM_CHECK_RESULT int sim_api_authorise(const struct sim_api *api, const struct sim_request *request,
    const struct sim_target *target, int64_t now_ms, struct sim_response *response);
