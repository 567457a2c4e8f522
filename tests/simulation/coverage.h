// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How often each kind of thing occurred over many worlds: deeds, faults that the cloud really
// applied, what was seen on the way, rules that decided, and events that were told. Plain memory
// without pointers, so that several processes can each fill one.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/report.h"
#include "simulation/deed.h"

#define COVERAGE_RULES  100 // as many as decide() may have
#define COVERAGE_FAULTS 40  // as many as the weather may have

// What is not done on purpose by anybody, but comes of it.
enum sight {
    SIGHT_REORDERED,
    SIGHT_TIMED_OUT,
    SIGHT_CLOSED,
    SIGHT_BAD_REQUEST,
    SIGHT_UNAUTHORISED,
    SIGHT_FORBIDDEN,
    SIGHT_NOT_FOUND,
    SIGHT_CONFLICT,
    SIGHT_FAILED_DEPENDENCY,
    SIGHT_THROTTLED,
    SIGHT_SERVER_ERROR,
    SIGHT_CREATED,
    SIGHT_DELETED,
    SIGHT_COMMIT_FAILED,
    SIGHT_ORPHANED,
    SIGHT_COUNT,
};

struct coverage {
    uint64_t deeds[DEED_COUNT];
    uint64_t faults[COVERAGE_FAULTS];
    uint64_t sights[SIGHT_COUNT];
    uint64_t rules[COVERAGE_RULES];
    uint64_t reports[REPORT_COUNT];
};

// `coverage` may be NULL in all of these.
void coverage_count_deed(struct coverage *coverage, enum deed deed);
void coverage_count_fault(struct coverage *coverage, size_t fault, uint64_t times);
void coverage_count_sight(struct coverage *coverage, enum sight sight);
void coverage_count_report(struct coverage *coverage, enum report_kind kind);
// By the name of the rule.
void coverage_count_rule(struct coverage *coverage, const char *rule);

void coverage_add(struct coverage *sum, const struct coverage *coverage);

// As tables on standard output. Returns how many of those that can occur never did.
size_t coverage_print(const struct coverage *coverage);
