// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// What a fault does to the answering of a request.

#include "sim/api.h"
#include "sim/faults.h"
#include "sim/timeline.h"

// A request to be answered, well or badly. All borrowed.
struct sim_performance {
    struct sim_api *api;
    struct sim_timeline *late; // takes struct sim_late_request
    const struct sim_request *request;
    const struct sim_target *target;
    int64_t now_ms;
    struct sim_response *response;
};

// Answers the request; as it should be when `fault` is NULL.
void sim_fault_perform(const struct sim_fault *fault, const struct sim_performance *performance);

// A request that was answered with 504, and is done later.
struct sim_late_request;
void sim_late_request_run(const struct sim_late_request *late, struct sim_api *api, int64_t now_ms);
void sim_late_request_free(void *item);
