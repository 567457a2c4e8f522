// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How often something took how long, in buckets that are the same for all: from a millisecond to a
// minute.
#pragma once

#include <stdint.h>

#define HISTOGRAM_BOUNDS 15

extern const double histogram_bounds_seconds[HISTOGRAM_BOUNDS]; // ascending

// Embedded; {0} is empty.
struct histogram {
    uint64_t buckets[HISTOGRAM_BOUNDS +
                     1]; // up to each bound, not counting those below; the last: beyond all
    double sum_seconds;
};

// A duration below 0 counts as 0: clocks are set back.
void histogram_observe(struct histogram *histogram, double seconds);
uint64_t histogram_count(const struct histogram *histogram);
