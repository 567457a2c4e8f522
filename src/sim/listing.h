// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// Lists: which resources of a kind satisfy a query. What ids, names or tags a query gives decides
// where to look; the others are not touched, however many there are.

#include "sim/cloud.h"
#include "sim/error.h"

// Answers the list of a kind, filtered by the query, as of call->as_of_ms.
void sim_listing_answer(const struct sim_call *call, enum sim_kind kind);

// Checks the query against the filters of a list: answers 400 or 501 and gives -1 if it is not one
// that can be answered.
struct sim_filter;
SIM_CHECK_RESULT int sim_listing_check(
    const struct sim_call *call, const struct sim_filter *filters);
