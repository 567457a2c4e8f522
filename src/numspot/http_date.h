// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Dates and waits as HTTP headers write them (RFC 9110, 5.6.7 and 10.2.3).
#pragma once

#include <stdint.h>

#include "core/attributes.h"

#define RETRY_AFTER_LIMIT_MS (60 * 60 * 1000)

// Any of the three forms: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun
// Nov  6 08:49:37 1994". Names of days are not checked against the date; years of two digits are
// 1970 to 2069. 0, or -1 and `*epoch_ms` untouched.
int http_date_parse(const char *text, int64_t *epoch_ms) CHECK_RESULT;

// How long a Retry-After header (NULL: none) asks to wait, in ms: seconds or a date, which is
// compared with `wall_ms`. From 0 to RETRY_AFTER_LIMIT_MS; what is negative, past or garbled is 0.
int64_t retry_after_parse(const char *text, int64_t wall_ms);
