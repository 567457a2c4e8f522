// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// simulate: runs the worlds of many seeds, or one of them; see usage() and run.h. At a world in
// which something was broken it makes that small, and ends with 1 and the command that plays the
// small one, with its trace.

#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulation/run.h"
#include "simulation/seam.h"
#include "simulation/selection.h"
#include "simulation/shrink.h"
#include "simulation/workers.h"

// What make check spends: the worlds on a machine at rest, the time on a busy or instrumented one.
#define DEFAULT_COUNT   2000
#define DEFAULT_SECONDS 60

enum status { STATUS_WELL, STATUS_BROKEN, STATUS_USAGE };

struct order {
    const char *program;
    struct workers_plan worlds;
    const char *planted; // a fault, or NULL
    bool coverage;
    bool complete;
    bool shrinking; // the first seed, whatever else
    bool playing;   // that seed, with its trace
    struct selection only;
    bool chosen; // `only` counts
    int64_t trouble_ms;
};

static int usage(const char *program)
{
    fprintf(stderr,
        "usage: %s [OPTION]...\n"
        "\n"
        "  --first SEED, --count SEEDS   which worlds; a count of 0: until stopped by a signal\n"
        "  --seconds S                   no new world after so long; 0: no limit\n"
        "  --jobs N                      so many processes\n"
        "  --keep-going                  after a failure, which is not made small then\n"
        "  --coverage                    tell how often everything occurred\n"
        "  --complete                    likewise, and fail if anything never did\n"
        "  --play SEED                   one world, with its trace\n"
        "    --only DEEDS                of its deeds only these: write:1,4,crash:2-5 or none\n"
        "    --trouble MS                all is calm after so long\n"
        "  --shrink SEED                 make one failing world small\n"
        "  --plant FAULT                 with a fault in the decisions: %s\n",
        program, seam_plants());
    return STATUS_USAGE;
}

// ---- Arguments

static bool read_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    *number = strtoull(text, &end, 10);
    return end != text && *end == '\0';
}

static bool read_seed(struct order *order, const char *text)
{
    return read_number(text, &order->worlds.first);
}

static bool read_count(struct order *order, const char *text)
{
    order->worlds.interruptible = true;
    return read_number(text, &order->worlds.count);
}

static bool read_seconds(struct order *order, const char *text)
{
    char *end = NULL;
    order->worlds.seconds = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool read_jobs(struct order *order, const char *text)
{
    uint64_t jobs = 0;
    bool good = read_number(text, &jobs) && jobs > 0 && jobs <= 64;
    order->worlds.jobs = (size_t)jobs;
    return good;
}

static bool keep_going(struct order *order, const char *text)
{
    (void)text;
    return order->worlds.going_on = true;
}

static bool cover(struct order *order, const char *text)
{
    (void)text;
    return order->coverage = true;
}

static bool complete(struct order *order, const char *text)
{
    (void)text;
    return order->coverage = order->complete = true;
}

static bool play(struct order *order, const char *text)
{
    order->playing = true;
    return read_seed(order, text);
}

static bool choose(struct order *order, const char *text)
{
    char *wrong = selection_parse(&order->only, text);
    order->chosen = true;
    if (wrong != NULL)
        fprintf(stderr, "there is no such deed: %s\n", wrong);
    bool good = wrong == NULL;
    free(wrong);
    return good;
}

static bool read_trouble(struct order *order, const char *text)
{
    uint64_t ms = 0;
    bool good = read_number(text, &ms) && ms < INT32_MAX;
    order->trouble_ms = (int64_t)ms;
    return good;
}

static bool make_small(struct order *order, const char *text)
{
    order->shrinking = true;
    return read_seed(order, text);
}

static bool plant(struct order *order, const char *text)
{
    order->planted = text;
    return seam_plant(text);
}

// Prints no more than a wrong argument does.
static bool help(struct order *order, const char *text)
{
    (void)order;
    (void)text;
    return false;
}

static const struct {
    struct option option;
    bool (*take)(struct order *order, const char *text);
} options[] = {
    {{"first", required_argument, NULL, 0}, read_seed},
    {{"count", required_argument, NULL, 0}, read_count},
    {{"seconds", required_argument, NULL, 0}, read_seconds},
    {{"jobs", required_argument, NULL, 0}, read_jobs},
    {{"keep-going", no_argument, NULL, 0}, keep_going},
    {{"coverage", no_argument, NULL, 0}, cover},
    {{"complete", no_argument, NULL, 0}, complete},
    {{"play", required_argument, NULL, 0}, play},
    {{"only", required_argument, NULL, 0}, choose},
    {{"trouble", required_argument, NULL, 0}, read_trouble},
    {{"shrink", required_argument, NULL, 0}, make_small},
    {{"plant", required_argument, NULL, 0}, plant},
    {{"help", no_argument, NULL, 0}, help},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static bool read_arguments(int argc, char **argv, struct order *order)
{
    struct option list[OPTION_COUNT + 1] = {0};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        list[i] = options[i].option;
    int index = 0;
    for (int found; (found = getopt_long(argc, argv, "", list, &index)) != -1;)
        if (found != 0 || !options[index].take(order, optarg))
            return false;
    return optind == argc;
}

// ---- One world

static void print_command(
    const struct order *order, uint64_t seed, const struct selection *deeds, int64_t trouble_ms)
{
    char *only = selection_format(deeds);
    printf("  play it: %s --play %" PRIu64 " --only %s --trouble %" PRId64 "%s%s\n", order->program,
        seed, only, trouble_ms, order->planted == NULL ? "" : " --plant ",
        order->planted == NULL ? "" : order->planted);
    free(only);
}

static int shrink_seed(const struct order *order, uint64_t seed)
{
    struct shrunk shrunk;
    bool failed = shrink(seed, &shrunk);
    if (failed) {
        printf("seed %" PRIu64 ": %s\n  of %zu deeds %zu are needed (after %" PRIu64 " runs)\n",
            seed, shrunk.result.failure, shrunk.deeds_before, shrunk.deeds.count, shrunk.runs);
        print_command(order, seed, &shrunk.deeds, shrunk.trouble_ms);
    } else {
        printf("seed %" PRIu64 ": nothing is broken\n", seed);
    }
    selection_deinit(&shrunk.deeds);
    fflush(stdout);
    return failed ? STATUS_BROKEN : STATUS_WELL;
}

static int play_seed(const struct order *order)
{
    struct world_plan plan = {.seed = order->worlds.first,
        .tracing = true,
        .only = order->chosen ? &order->only : NULL,
        .trouble_ms = order->trouble_ms};
    struct run_result result = run_world(&plan);
    printf("seed %" PRIu64 ": %s\n", plan.seed, result.failed ? result.failure : "all is well");
    return result.failed ? STATUS_BROKEN : STATUS_WELL;
}

// ---- Many worlds

static void report(const struct workers_result *result)
{
    double hours = (double)result->simulated_ms / 3600e3;
    printf("%" PRIu64 " worlds, %.0f simulated hours, %" PRIu64 " steps, %" PRIu64
           " requests, %" PRIu64 " writes, %" PRIu64
           " starts, in %.1f s (%.0f worlds and %.0f simulated hours a second): %s\n",
        result->worlds, hours, result->steps, result->transfers, result->writes, result->lives,
        result->seconds, (double)result->worlds / result->seconds, hours / result->seconds,
        result->failures > 0 ? "BROKEN"
        : result->stopped    ? "stopped, nothing broken"
                             : "nothing broken");
    fflush(stdout);
}

static int run_many(const struct order *order)
{
    struct workers_result result;
    if (workers_run(&order->worlds, &result) != 0)
        return STATUS_USAGE;
    if (result.failures > 0 && !order->worlds.going_on)
        (void)shrink_seed(order, result.first_failure);
    size_t missing = order->coverage ? coverage_print(&result.coverage) : 0;
    report(&result);
    if (order->complete && missing > 0 && !result.stopped) {
        printf("%zu things that can happen never did\n", missing);
        return STATUS_BROKEN;
    }
    return result.failures > 0 ? STATUS_BROKEN : STATUS_WELL;
}

int main(int argc, char **argv)
{
    struct order order = {
        .program = argv[0],
        .worlds = {.first = 1, .count = DEFAULT_COUNT, .seconds = DEFAULT_SECONDS, .jobs = 1},
        .trouble_ms = -1,
    };
    int status = STATUS_USAGE;
    if (!read_arguments(argc, argv, &order))
        (void)usage(argv[0]);
    else if (order.shrinking)
        status = shrink_seed(&order, order.worlds.first);
    else if (order.playing)
        status = play_seed(&order);
    else
        status = run_many(&order);
    selection_deinit(&order.only);
    return status;
}
