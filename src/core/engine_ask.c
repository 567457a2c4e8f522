// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/backoff.h"
#include "core/engine_state.h"
#include "core/instant.h"
#include "core/memory.h"

void engine_submit(struct engine *engine, struct request *request, const struct text_list *names,
    const struct text_list *targets)
{
    struct outstanding *outstanding = memory_new(1, sizeof(*outstanding));
    request->id = engine_order(engine);
    outstanding->id = request->id;
    outstanding->operation = request->operation;
    outstanding->asked_ms = engine->now.monotonic_ms;
    outstanding->names = *names;
    outstanding->targets = *targets;
    HASH_ADD(hh, engine->outstanding, id, sizeof(uint64_t), outstanding);
    effects_add(engine->effects, EFFECT_REQUEST)->request = request;
}

void engine_observe_later(struct engine *engine, struct managed *managed)
{
    managed->observe_failures++;
    managed->observe_at_ms = engine->now.monotonic_ms + backoff_delay(managed->observe_failures,
                                                            BACKOFF_MINIMUM_MS, BACKOFF_MAXIMUM_MS,
                                                            &engine->random);
}

static void ask_list(struct engine *engine)
{
    struct text_list none = {0};
    engine->listing.stage = LISTING_ASKED;
    engine_submit(engine, request_new(OPERATION_LIST_IMAGES, NULL), &none, &none);
}

typedef char *target_of(const struct engine *engine, struct managed *managed);

char *engine_name_target(const struct engine *engine, struct managed *managed)
{
    if (managed->record->intent == INTENT_CREATE)
        return memory_text(managed->record->cloud_name);
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    char *name = memory_text(wanted.image.name);
    wanted_deinit(&wanted);
    return name;
}

static char *id_target(const struct engine *engine, struct managed *managed)
{
    (void)engine;
    return memory_text(managed->record->image_id);
}

static void ask_chunk(struct engine *engine, struct managed *const *items, enum operation operation,
    char *const *targets, size_t count)
{
    struct request *request = request_new(operation, count == 1 ? items[0]->record->name : NULL);
    struct text_list names = {0};
    struct text_list asked = {0};
    for (size_t i = 0; i < count; i++) {
        text_list_add(&request->targets, targets[i]);
        text_list_add(&asked, targets[i]);
        text_list_add(&names, items[i]->record->name);
    }
    engine_submit(engine, request, &names, &asked);
}

static void ask_in_chunks(
    struct engine *engine, struct gathering *gathering, enum operation operation, target_of *target)
{
    struct text_list targets = {0};
    for (size_t i = 0; i < gathering->count; i++) {
        char *text = target(engine, gathering->items[i]);
        text_list_add(&targets, text);
        free(text);
    }
    for (size_t i = 0; i < gathering->count;) {
        size_t chunk = request_targets_limit(operation, &targets, i);
        if (chunk > engine->targets_limit)
            chunk = engine->targets_limit;
        ask_chunk(engine, gathering->items + i, operation, targets.items + i, chunk);
        i += chunk;
    }
    text_list_deinit(&targets);
    gathering->count = 0;
}

static void ask_sources(struct engine *engine)
{
    for (size_t i = 0; i < engine->checks.count; i++) {
        struct managed *managed = engine->checks.items[i];
        struct text_list names = {0};
        struct text_list none = {0};
        text_list_add(&names, managed->record->name);
        engine_submit(engine, engine_source_request(engine, managed), &names, &none);
    }
    engine->checks.count = 0;
}

// A directory that cannot be read is no reason to be blind to the cloud.
bool engine_may_list(const struct engine *engine)
{
    bool told = engine->directory_read || engine->directory_fault != NULL;
    return told && engine->listing.stage == LISTING_NONE &&
           (engine->managed.count > 0 || engine->list_asked);
}

void engine_flush(struct engine *engine)
{
    if (engine_may_list(engine) && engine->now.monotonic_ms >= engine->list_at_ms)
        ask_list(engine);
    ask_in_chunks(engine, &engine->looks, OPERATION_FIND_BY_NAME, engine_name_target);
    ask_in_chunks(engine, &engine->polls, OPERATION_READ_IMAGES, id_target);
    ask_in_chunks(engine, &engine->confirms, OPERATION_READ_IMAGE, id_target);
    ask_sources(engine);
}
