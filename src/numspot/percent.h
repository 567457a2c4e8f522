// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Percent-encoding of queries, paths and forms (RFC 3986): all but letters, digits and -._~ is
// encoded.
#pragma once

struct text;

void percent_append(struct text *out, const char *value);
