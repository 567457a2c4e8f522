// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stddef.h>

#include "core/histogram.h"

const double histogram_bounds_seconds[HISTOGRAM_BOUNDS] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

void histogram_observe(struct histogram *histogram, double seconds)
{
    size_t i = 0;
    if (!(seconds > 0))
        seconds = 0;
    while (i < HISTOGRAM_BOUNDS && seconds > histogram_bounds_seconds[i])
        i++;
    histogram->buckets[i]++;
    histogram->sum_seconds += seconds;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
        count += histogram->buckets[i];
    return count;
}
