// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// The filters of a list, as a table: each query parameter, what its values must look like, and
// where in a document they are looked for. The values of one parameter are alternatives; a document
// must satisfy every parameter.

#include <jansson.h>
#include <stdbool.h>

enum sim_filter_type {
    SIM_FILTER_STRING,
    SIM_FILTER_INTEGER,
    SIM_FILTER_BOOLEAN, // given once
    SIM_FILTER_DATE,    // any spelling of the same instant
    SIM_FILTER_TAG,     // KEY=VALUE among the tags
    SIM_FILTER_FROM,    // a date, given once: at or after it
    SIM_FILTER_TO,      // likewise: at or before it
};

// `path` leads through objects and over the elements of lists:
// "blockDeviceMappings.bsu.volumeSize". NULL for a parameter that the API has and the simulator
// does not model. A table ends without name.
struct sim_filter {
    const char *name;
    enum sim_filter_type type;
    const char *path;
};

extern const struct sim_filter sim_filter_images[];
extern const struct sim_filter sim_filter_snapshots[];
extern const struct sim_filter sim_filter_tags[];
extern const struct sim_filter sim_filter_vms[];

// Appends to `violations` whatever is wrong with the query. 0 when nothing was.
int sim_filter_check(const struct sim_filter *filters, const json_t *query, json_t *violations);

// The name of a parameter in the query that is not modelled; NULL when there is none.
const char *sim_filter_unmodelled(const struct sim_filter *filters, const json_t *query);

// Whether `document` satisfies every parameter of a query that sim_filter_check() found right.
// `settled` (or NULL) is a parameter that is known to be satisfied.
bool sim_filter_match(const struct sim_filter *filters, const json_t *query, const json_t *document,
    const char *settled);
