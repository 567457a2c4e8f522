// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon as a whole, as GET /v1/status tells of it: its counts and faults in a few lines.
// Prints nothing itself.
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct text;

// Whether something is wrong that is no single image's: a fault of the directory, the API or the
// record, or declarations that cannot be used.
bool daemon_needs_person(const json_t *status);

// Whether it has looked around since its start: read the directory, and seen the cloud or found
// that it cannot.
bool daemon_has_looked(const json_t *status);

// Appends "3 images: 2 available, 1 pending", and a line for each thing that is not as usual.
void daemon_write_summary(const json_t *status, bool colour, struct text *out);
