// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// simulate [--first SEED] [--count SEEDS] [--seconds S] [--trace] [--keep-going]: runs the worlds
// of so many seeds, as far as the time goes; see run.h. At the first world in which something was
// broken it ends with 1, and with the command that plays it again with its trace.

#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "simulation/run.h"

// What make check spends: the worlds on a machine at rest, the time on a busy or instrumented one.
#define DEFAULT_COUNT   2000
#define DEFAULT_SECONDS 60

struct totals {
    int64_t simulated_ms;
    uint64_t steps;
    uint64_t transfers;
    uint64_t writes;
    uint64_t lives;
};

static int usage(const char *program)
{
    fprintf(stderr,
        "usage: %s [--first SEED] [--count SEEDS] [--seconds S] [--trace] [--keep-going]\n",
        program);
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

struct plan {
    uint64_t first;
    uint64_t count;
    double seconds; // no new world after so long
    bool tracing;
    bool going_on; // after a failure
};

static int read_arguments(int argc, char **argv, struct plan *plan)
{
    static const struct option options[] = {
        {"first", required_argument, NULL, 'f'},
        {"count", required_argument, NULL, 'c'},
        {"seconds", required_argument, NULL, 's'},
        {"trace", no_argument, NULL, 't'},
        {"keep-going", no_argument, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            plan->first = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            plan->count = strtoull(optarg, NULL, 10);
            break;
        case 's':
            plan->seconds = strtod(optarg, NULL);
            break;
        case 't':
            plan->tracing = true;
            break;
        case 'k':
            plan->going_on = true;
            break;
        default:
            return -1;
        }
    }
    return 0;
}

static void complain(uint64_t seed, const char *failure, const char *program)
{
    printf("seed %" PRIu64 ": %s\n  play it again: %s --first %" PRIu64 " --count 1 --trace\n",
        seed, failure, program, seed);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct plan plan = {.first = 1, .count = DEFAULT_COUNT, .seconds = DEFAULT_SECONDS};
    if (read_arguments(argc, argv, &plan) != 0)
        return usage(argv[0]);
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct totals totals = {0};
    int status = 0;
    uint64_t worlds = 0;
    while (worlds < plan.count && seconds_since(&start) < plan.seconds &&
           (status == 0 || plan.going_on)) {
        struct run_result result = run_seed(plan.first + worlds, plan.tracing);
        add(&totals, &result);
        if (result.failed) {
            status = 1;
            complain(plan.first + worlds, result.failure, argv[0]);
        }
        worlds++;
    }
    report(&totals, worlds, seconds_since(&start));
    return status;
}
