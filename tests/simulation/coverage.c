// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/decide.h"
#include "simulation/coverage.h"
#include "simulation/weather.h"

static const char *const sights[SIGHT_COUNT] = {
    [SIGHT_REORDERED] = "an answer overtook an earlier one",
    [SIGHT_TIMED_OUT] = "an answer was not waited for any longer",
    [SIGHT_CLOSED] = "the server closed the connection",
    [SIGHT_BAD_REQUEST] = "400",
    [SIGHT_UNAUTHORISED] = "401: a token ended, or was revoked",
    [SIGHT_FORBIDDEN] = "403",
    [SIGHT_NOT_FOUND] = "404",
    [SIGHT_CONFLICT] = "409",
    [SIGHT_FAILED_DEPENDENCY] = "424",
    [SIGHT_THROTTLED] = "429",
    [SIGHT_SERVER_ERROR] = "5xx",
    [SIGHT_CREATED] = "an image was created",
    [SIGHT_DELETED] = "an image was deleted",
    [SIGHT_COMMIT_FAILED] = "a commit failed",
    [SIGHT_ORPHANED] = "an image was neither in the record that was restored, nor marked",
};

// Rules for what no world can bring about: records of earlier versions, and a default that a reload
// lowers below what was tried already.
static const char *const impossible[] = {"held", "removed-left", "absent-exhausted"};

void coverage_count_deed(struct coverage *coverage, enum deed deed)
{
    if (coverage != NULL)
        coverage->deeds[deed]++;
}

void coverage_count_fault(struct coverage *coverage, size_t fault, uint64_t times)
{
    if (coverage != NULL && fault < COVERAGE_FAULTS)
        coverage->faults[fault] += times;
}

void coverage_count_sight(struct coverage *coverage, enum sight sight)
{
    if (coverage != NULL)
        coverage->sights[sight]++;
}

void coverage_count_report(struct coverage *coverage, enum report_kind kind)
{
    if (coverage != NULL)
        coverage->reports[kind]++;
}

void coverage_count_rule(struct coverage *coverage, const char *rule)
{
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    for (size_t i = 0; coverage != NULL && i < count && i < COVERAGE_RULES; i++)
        coverage->rules[i] += rules[i].name == rule ? 1 : 0;
}

static void add(uint64_t *sum, const uint64_t *more, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += more[i];
}

void coverage_add(struct coverage *sum, const struct coverage *coverage)
{
    add(sum->deeds, coverage->deeds, DEED_COUNT);
    add(sum->faults, coverage->faults, COVERAGE_FAULTS);
    add(sum->sights, coverage->sights, SIGHT_COUNT);
    add(sum->rules, coverage->rules, COVERAGE_RULES);
    add(sum->reports, coverage->reports, REPORT_COUNT);
}

static bool can_occur(const char *name)
{
    for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
        if (strcmp(impossible[i], name) == 0)
            return false;
    return true;
}

static size_t print(uint64_t count, const char *name, const char *meaning)
{
    bool missing = count == 0 && can_occur(name);
    printf("  %10" PRIu64 "  %-24s %s%s\n", count, name, meaning, missing ? "  <- never" : "");
    return missing ? 1 : 0;
}

size_t coverage_print(const struct coverage *coverage)
{
    size_t missing = 0;
    puts("deeds:");
    for (enum deed deed = 0; deed < DEED_COUNT; deed++)
        missing += print(coverage->deeds[deed], deed_name(deed), deed_meaning(deed));
    puts("faults of the cloud, as often as they were applied:");
    for (size_t i = 0; i < weather_fault_count(); i++)
        missing += print(coverage->faults[i], "", weather_fault(i));
    puts("seen:");
    for (enum sight sight = 0; sight < SIGHT_COUNT; sight++)
        missing += print(coverage->sights[sight], "", sights[sight]);
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    puts("rules, as often as they decided:");
    for (size_t i = 0; i < count && i < COVERAGE_RULES; i++)
        missing += print(coverage->rules[i], rules[i].name, rules[i].why);
    puts("events, of which some are the daemon's own:");
    for (enum report_kind kind = 0; kind < REPORT_COUNT; kind++)
        if (coverage->reports[kind] > 0)
            (void)print(coverage->reports[kind], report_row(kind)->name, report_row(kind)->cause);
    return missing;
}
