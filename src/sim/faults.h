// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Faults on demand: rules that say to which requests something goes wrong, how often, and what.

#include "sim/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum sim_fault_kind {
    SIM_FAULT_NONE, // nothing but the delay, if any
    SIM_FAULT_STATUS,
    SIM_FAULT_CLOSE_BEFORE,
    SIM_FAULT_CLOSE_AFTER,
    SIM_FAULT_TRUNCATE,
    SIM_FAULT_APPLY_THEN_500,
    SIM_FAULT_STALE,
    SIM_FAULT_HIDDEN,
    SIM_FAULT_LATE,
    SIM_FAULT_FAIL_IMAGE,
    SIM_FAULT_PATCH,
};

// What is to go wrong.
struct sim_fault {
    enum sim_fault_kind kind;
    int64_t delay_ms;    // of the answer
    int64_t duration_ms; // of stale, hidden and late
    int status;
    const json_t *headers; // of a status; NULL without any. Borrowed from the rule, as is `body`
    const json_t *body;    // of a status; of a patch, what is merged into the answer
};

struct sim_faults;

struct sim_faults *sim_faults_new(uint64_t seed);
void sim_faults_free(struct sim_faults *faults);

// Replaces all rules by those of the list `document`. -1, and the old rules stay, when one of them
// is not understood.
SIM_CHECK_RESULT int sim_faults_set(
    struct sim_faults *faults, const json_t *document, struct sim_error *error);

// {"items": […]}: the rules as they were given, with how often they matched and were applied.
json_t *sim_faults_document(const struct sim_faults *faults);

// The fault of a request, or NULL: that of the first rule that fits and has not been used up.
// `path` is without the space's prefix. The fault is good until the rules are replaced.
const struct sim_fault *sim_faults_draw(
    struct sim_faults *faults, const char *method, const char *path);
