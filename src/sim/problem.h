// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The errors of the API: application/problem+json (RFC 9457), with the types and titles that the
// recorded server gives.

#include "sim/exchange.h"

enum sim_problem {
    SIM_PROBLEM_INVALID,        // 400, with violations
    SIM_PROBLEM_RESOURCE,       // 400 InvalidResource: the body names a thing that is not there
    SIM_PROBLEM_UNAUTHORISED,   // 401
    SIM_PROBLEM_FORBIDDEN,      // 403
    SIM_PROBLEM_NOT_FOUND,      // 404
    SIM_PROBLEM_METHOD,         // 405
    SIM_PROBLEM_CONFLICT,       // 409 ResourceConflict: a name is taken, a thing is in use
    SIM_PROBLEM_IMAGE_STATE,    // 409 InvalidImageState
    SIM_PROBLEM_SNAPSHOT_STATE, // 409 InvalidSnapshotState
    SIM_PROBLEM_QUOTA,          // 409 QuotaExceeded
    SIM_PROBLEM_TOO_LARGE,      // 413
    SIM_PROBLEM_TOO_LONG,       // 414
    SIM_PROBLEM_MEDIA_TYPE,     // 415
    SIM_PROBLEM_TOO_MANY,       // 429
    SIM_PROBLEM_INTERNAL,       // 500
    SIM_PROBLEM_UNMODELLED,     // 501: the API has it, the simulator has not
};

// Answers with a problem. `instance` is the request's path. `detail` is a format, often "": as the
// real server's are.
void sim_problem_answer(struct sim_response *response, enum sim_problem problem,
    const char *instance, const char *detail, ...) __attribute__((format(printf, 4, 5)));

// Answers 400 with the list of [{"field", "description"}], which it takes.
void sim_problem_violations(
    struct sim_response *response, const char *instance, json_t *violations);
