// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// simulate [--first N] [--count N] [--trace]: runs so many seeds' worlds; see run.h. Ends with 1,
// and a command that plays it again with its trace, at the first world in which something was
// broken.

#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "simulation/run.h"

#define DEFAULT_COUNT 2000

struct totals {
    int64_t simulated_ms;
    uint64_t steps;
    uint64_t transfers;
    uint64_t writes;
    uint64_t lives;
};

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--first SEED] [--count SEEDS] [--trace] [--keep-going]\n", program);
    return 2;
}

static void add(struct totals *totals, const struct run_result *result)
{
    totals->simulated_ms += result->simulated_ms;
    totals->steps += result->steps;
    totals->transfers += result->transfers;
    totals->writes += result->writes;
    totals->lives += result->lives;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void report(const struct totals *totals, uint64_t seeds, double seconds)
{
    printf("%" PRIu64 " worlds, %.0f simulated days, %" PRIu64 " steps, %" PRIu64
           " transfers, %" PRIu64 " writes, %" PRIu64 " starts, in %.1f s (%.0f worlds a second)\n",
        seeds, (double)totals->simulated_ms / 86400e3, totals->steps, totals->transfers,
        totals->writes, totals->lives, seconds, (double)seeds / seconds);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"first", required_argument, NULL, 'f'},
        {"count", required_argument, NULL, 'c'},
        {"trace", no_argument, NULL, 't'},
        {"keep-going", no_argument, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    uint64_t first = 1;
    uint64_t count = DEFAULT_COUNT;
    bool tracing = false;
    bool going_on = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            first = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            count = strtoull(optarg, NULL, 10);
            break;
        case 't':
            tracing = true;
            break;
        case 'k':
            going_on = true;
            break;
        default:
            return usage(argv[0]);
        }
    }
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct totals totals = {0};
    int status = 0;
    uint64_t seeds = 0;
    for (uint64_t seed = first; seed - first < count && (status == 0 || going_on);
         seed++, seeds++) {
        struct run_result result = run_seed(seed, tracing);
        add(&totals, &result);
        if (!result.failed)
            continue;
        status = 1;
        printf("seed %" PRIu64 ": %s\n  play it again: %s --first %" PRIu64 " --count 1 --trace\n",
            seed, result.failure, argv[0], seed);
        fflush(stdout);
    }
    report(&totals, seeds, seconds_since(&start));
    return status;
}
