// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/memory.h"
#include "simulation/coverage.h"
#include "simulation/selection.h"
#include "simulation/world.h"

void world_init(struct world *world, const struct world_plan *plan)
{
    *world = (struct world){.plan = *plan, .host = &world->hosts[0]};
    for (size_t i = 0; i < WORLD_HOSTS; i++)
        world->hosts[i].index = i;
}

void world_deinit(struct world *world)
{
    for (size_t i = 0; i < world->appointment_count; i++)
        if (world->appointments[i].release != NULL)
            world->appointments[i].release(world->appointments[i].data);
    free(world->appointments);
    *world = (struct world){0};
}

void world_at(
    struct world *world, int64_t delay_ms, happening *happen, void *data, releaser *release)
{
    world->appointments = memory_grow(world->appointments, world->appointment_count,
        &world->appointment_capacity, sizeof(struct appointment));
    world->appointments[world->appointment_count++] = (struct appointment){
        .at_ms = world->now_ms + (delay_ms > 0 ? delay_ms : 0),
        .order = ++world->last_order,
        .host = world->host,
        .happen = happen,
        .release = release,
        .data = data,
    };
}

// There are few at a time: a heap would not pay.
static size_t first(const struct world *world)
{
    size_t best = 0;
    for (size_t i = 1; i < world->appointment_count; i++) {
        const struct appointment *one = &world->appointments[i];
        const struct appointment *other = &world->appointments[best];
        if (one->at_ms < other->at_ms || (one->at_ms == other->at_ms && one->order < other->order))
            best = i;
    }
    return best;
}

int64_t world_next(const struct world *world)
{
    if (world->appointment_count == 0)
        return INSTANT_NEVER;
    return world->appointments[first(world)].at_ms;
}

bool world_happen(struct world *world)
{
    if (world_next(world) > world->now_ms)
        return false;
    size_t i = first(world);
    struct appointment appointment = world->appointments[i];
    world->appointments[i] = world->appointments[--world->appointment_count];
    world->host = appointment.host;
    appointment.happen(world, appointment.data);
    return true;
}

// random_init spreads whatever it gets.
void world_turn(struct world *world, enum stream stream, uint64_t number)
{
    uint64_t host = world->host->index;
    random_init(&world->random, world->plan.seed ^ UINT64_C(0x9fb21c651e98df25) * (stream + 1) ^
                                    UINT64_C(0xd6e8feb86659fd93) * (number * WORLD_HOSTS + host));
}

uint64_t world_below(struct world *world, uint64_t bound)
{
    return random_below(&world->random, bound);
}

bool world_chance(struct world *world, unsigned percent)
{
    return world_below(world, 100) < percent;
}

int64_t world_between(struct world *world, int64_t least, int64_t most)
{
    return least + (int64_t)world_below(world, (uint64_t)(most - least + 1));
}

void world_pass_over(struct world *world, enum deed deed)
{
    world->numbers[deed]++;
}

bool world_may(struct world *world, enum deed deed)
{
    uint64_t number = ++world->numbers[deed];
    if (world->plan.only != NULL && !selection_has(world->plan.only, deed, number))
        return false;
    if (world->plan.done != NULL)
        selection_add(world->plan.done, (struct choice){deed, number, world->now_ms});
    coverage_count_deed(world->plan.coverage, deed);
    world_trace(world, "# %s:%" PRIu64, deed_name(deed), number);
    return true;
}

void world_trace(struct world *world, const char *format, ...)
{
    if (!world->plan.tracing)
        return;
    int64_t ms = world->now_ms;
    printf("%c%3" PRId64 ":%02d:%02d.%03d  ", world->host->index == 0 ? ' ' : '*', ms / HOUR,
        (int)(ms / MINUTE % 60), (int)(ms / SECOND % 60), (int)(ms % SECOND));
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void world_fail(struct world *world, const char *format, ...)
{
    char text[sizeof(world->failure)];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    world_trace(world, "BROKEN: %s", text);
    if (world->failure[0] != '\0')
        return;
    memcpy(world->failure, text, sizeof(text));
    world->broken = format;
}
