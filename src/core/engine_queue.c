// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is to be looked at, and how much of it in one turn: with many images, what concerns all of
// them is spread over turns, so that whoever drives the engine can serve others in between.
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"

// Taking in a file or a name, and most counts, cost so much less than a decision.
#define CHEAP 8

void engine_queue(struct engine *engine, struct managed *managed)
{
    if (!managed->counting)
        gathering_add(&engine->counting, managed);
    managed->counting = true;
    if (!managed->queued)
        gathering_add(&engine->queue, managed);
    managed->queued = true;
}

void engine_walk_begin(struct image_walk *walk)
{
    walk->active = true;
    memory_replace_text(&walk->last, NULL);
}

struct step {
    struct engine *engine;
    void (*visit)(struct engine *engine, struct managed *managed);
    struct managed *last;
};

static void visit_one(void *item, void *data)
{
    struct step *step = data;
    step->last = item;
    step->visit(step->engine, item);
}

bool engine_walk(struct engine *engine, struct image_walk *walk, size_t limit,
    void (*visit)(struct engine *engine, struct managed *managed))
{
    struct step step = {.engine = engine, .visit = visit};
    size_t visited = name_order_walk(engine->by_name, walk->last, limit, visit_one, &step);
    walk->active = visited == limit;
    if (visited > 0)
        memory_replace_text(&walk->last, walk->active ? step.last->record->name : NULL);
    return !walk->active;
}

void engine_queue_all(struct engine *engine)
{
    engine_walk_begin(&engine->queueing);
}

static void queue_due(struct engine *engine)
{
    struct schedule_entry *entry = NULL;
    while ((entry = schedule_pop(&engine->schedule, engine->now.monotonic_ms)) != NULL)
        engine_queue(engine, (struct managed *)entry);
}

// Those that waited for their turn get it, as far as there is room.
static void queue_waiting(struct engine *engine)
{
    size_t room = engine->options.concurrent_writes > engine->writing
                      ? engine->options.concurrent_writes - engine->writing
                      : 0;
    struct gathering *waiting = &engine->waiting;
    size_t taken = 0;
    while (taken < room && waiting->first + taken < waiting->count) {
        struct managed *managed = waiting->items[waiting->first + taken++];
        managed->waiting = false;
        engine_queue(engine, managed);
    }
    gathering_drop_first(waiting, taken);
}

static void count_deletions(struct engine *engine, size_t limit)
{
    struct gathering *counting = &engine->counting;
    size_t counted = 0;
    while (counting->first + counted < counting->count && counted < limit) {
        struct managed *managed = counting->items[counting->first + counted++];
        managed->counting = false;
        engine_count_deletion(engine, managed);
    }
    gathering_drop_first(counting, counted);
}

// Whoever a decision queues is counted first, and therefore has another turn.
static void decide_queued(struct engine *engine, size_t limit)
{
    struct gathering *queue = &engine->queue;
    size_t decided = 0;
    while (
        queue->first + decided < queue->count && decided < limit && engine->counting.count == 0) {
        struct managed *managed = queue->items[queue->first + decided];
        queue->items[queue->first + decided++] = NULL; // it may be queued anew, or dropped
        managed->queued = false;
        engine_reconcile(engine, managed);
    }
    gathering_drop_first(queue, decided);
}

// First what the list and the directory brought, then who is concerned by all of it, then the
// brake's count, then the decisions: of many deletions that are wanted at once, none may slip
// through before the others are counted.
void engine_work(struct engine *engine)
{
    size_t limit = engine->options.images_per_turn;
    bool whole = limit == 0;
    queue_due(engine);
    queue_waiting(engine);
    do {
        engine_take_list(engine, whole ? SIZE_MAX : limit);
    } while (whole && engine_takes_list(engine));
    do {
        engine_take_in(engine, whole ? SIZE_MAX : limit * CHEAP);
        if (engine->intake.active)
            return;
        if (engine->queueing.active &&
            !engine_walk(engine, &engine->queueing, whole ? SIZE_MAX : limit * CHEAP, engine_queue))
            return;
        count_deletions(engine, whole ? SIZE_MAX : limit * CHEAP);
        if (engine->counting.count > 0)
            return;
        engine_tell_brake(engine);
        decide_queued(engine, whole ? SIZE_MAX : limit);
    } while (whole && engine->queue.count > 0);
}

bool engine_busy(const struct engine *engine)
{
    return engine_takes_list(engine) || engine->intake.active || engine->queueing.active ||
           engine->counting.count > 0 || engine->queue.count > 0;
}
