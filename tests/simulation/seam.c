// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/decide.h"
#include "simulation/coverage.h"
#include "simulation/seam.h"

// The names are the linker's (--wrap=decide).
struct decision __real_decide(const struct situation *situation);
struct decision __wrap_decide(const struct situation *situation);

// A removed file's image goes at once.
static void be_hasty(struct situation *situation)
{
    situation->grace_over = true;
}

// One look that does not show it is enough to make an image again.
static void be_impatient(struct situation *situation)
{
    situation->ambiguity_over = situation->looked_since_lost;
}

// The brake never holds.
static void be_reckless(struct situation *situation)
{
    situation->brake = false;
}

static const struct {
    const char *name;
    void (*spoil)(struct situation *situation);
} plants[] = {
    {"hasty", be_hasty},
    {"impatient", be_impatient},
    {"reckless", be_reckless},
};

static struct {
    struct coverage *coverage;
    void (*spoil)(struct situation *situation); // NULL: nothing is planted
} seam;

void seam_count_into(struct coverage *coverage)
{
    seam.coverage = coverage;
}

bool seam_plant(const char *name)
{
    for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
        if (strcmp(plants[i].name, name) == 0)
            seam.spoil = plants[i].spoil;
    return seam.spoil != NULL;
}

const char *seam_plants(void)
{
    return "hasty, impatient, reckless";
}

struct decision __wrap_decide(const struct situation *situation)
{
    struct situation seen = *situation;
    if (seam.spoil != NULL)
        seam.spoil(&seen);
    struct decision decision = __real_decide(&seen);
    coverage_count_rule(seam.coverage, decision.rule);
    return decision;
}
