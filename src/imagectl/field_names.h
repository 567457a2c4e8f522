// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The paths of all fields that a declaration may have, for scripts and shells.
#pragma once

struct text;

// Appends them in the table's order, as `access access.is_public`, with that between two.
void field_names_write(const char *separator, struct text *out);
