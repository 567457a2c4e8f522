// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <time.h>

#include "core/memory.h"
#include "simulation/shrink.h"

// A person waits for it: what was found by then is small enough.
#define RUNS_LIMIT    5000
#define SECONDS_LIMIT 60

struct search {
    uint64_t seed;
    const char *broken;      // the promise
    struct selection needed; // as far as is known
    int64_t trouble_ms;
    uint64_t runs;
    time_t end;
};

static bool has_time(const struct search *search)
{
    return search->runs < RUNS_LIMIT && time(NULL) < search->end;
}

static bool still_fails(struct search *search, const struct selection *deeds, int64_t trouble_ms)
{
    struct world_plan plan = {.seed = search->seed, .only = deeds, .trouble_ms = trouble_ms};
    search->runs++;
    return run_world(&plan).broken == search->broken;
}

// Leaves out the deeds from `first` to before `end`, if they are not needed.
static bool leave_out(struct search *search, size_t first, size_t end)
{
    struct selection rest = {0};
    for (size_t i = 0; i < search->needed.count; i++)
        if (i < first || i >= end)
            selection_add(&rest, search->needed.items[i]);
    bool fails = still_fails(search, &rest, search->trouble_ms);
    struct selection *loser = fails ? &search->needed : &rest;
    selection_deinit(loser);
    if (fails)
        search->needed = rest;
    return fails;
}

// One pass over all, in pieces of that size; true when anything was left out.
static bool sift(struct search *search, size_t size)
{
    bool any = false;
    for (size_t end = search->needed.count; end > 0 && has_time(search);) {
        size_t first = end > size ? end - size : 0;
        any = leave_out(search, first, end) || any;
        end = first; // what stands before did not move
    }
    return any;
}

// From large pieces to single deeds, and these until none can go.
static void sift_all(struct search *search)
{
    for (size_t size = search->needed.count / 2; size > 1; size /= 2)
        (void)sift(search, size);
    while (has_time(search) && sift(search, 1))
        ;
}

// The shortest trouble in which all that is needed still happens, and that fails.
static void shorten(struct search *search)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < search->needed.count; i++)
        if (search->needed.items[i].at_ms > last_ms)
            last_ms = search->needed.items[i].at_ms;
    for (int64_t more_ms = SECOND; last_ms + more_ms < search->trouble_ms; more_ms *= 2)
        if (still_fails(search, &search->needed, last_ms + more_ms)) {
            search->trouble_ms = last_ms + more_ms;
            return;
        }
}

// What happened in the small world is what is needed: some of its deeds may not have come about.
static void describe(struct search *search, struct shrunk *shrunk)
{
    struct world_plan plan = {.seed = search->seed,
        .only = &search->needed,
        .trouble_ms = search->trouble_ms,
        .done = &shrunk->deeds};
    shrunk->result = run_world(&plan);
    shrunk->trouble_ms = search->trouble_ms;
    shrunk->runs = search->runs + 1;
}

bool shrink(uint64_t seed, struct shrunk *shrunk)
{
    *shrunk = (struct shrunk){0};
    struct search search = {.seed = seed, .end = time(NULL) + SECONDS_LIMIT};
    struct world_plan plan = {.seed = seed, .trouble_ms = -1, .done = &search.needed};
    struct run_result whole = run_world(&plan);
    shrunk->deeds_before = search.needed.count;
    if (whole.failed) {
        search.broken = whole.broken;
        search.trouble_ms = whole.trouble_ms;
        search.runs = 1;
        sift_all(&search);
        shorten(&search);
        describe(&search, shrunk);
    }
    selection_deinit(&search.needed);
    return whole.failed;
}
