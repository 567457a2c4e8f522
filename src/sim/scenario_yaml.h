// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// A scenario's YAML, turned into one typed JSON document along a table of its keys: what is not in
// the table is an error that says where. Durations become milliseconds; resources take the names
// and shapes of the API.

#include "sim/error.h"

#include <jansson.h>
#include <stdio.h>

// NULL when it is not a scenario; the message begins with name:line:column.
json_t *sim_scenario_yaml_file(const char *name, FILE *file, struct sim_error *error);
json_t *sim_scenario_yaml_text(const char *name, const char *text, struct sim_error *error);
