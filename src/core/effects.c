// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/effects.h"
#include "core/memory.h"

struct effect *effects_add(struct effects *effects, enum effect_kind kind)
{
    effects->items = memory_grow(
        effects->items, effects->count, &effects->capacity, sizeof(*effects->items));
    struct effect *effect = &effects->items[effects->count++];
    *effect = (struct effect){.kind = kind};
    return effect;
}

static void effect_deinit(struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SAVE:
        record_free(effect->record);
        break;
    case EFFECT_FORGET:
        free(effect->name);
        break;
    case EFFECT_HISTORY:
        history_row_free(effect->history);
        break;
    case EFFECT_SETTING:
        free(effect->setting.key);
        free(effect->setting.value);
        break;
    case EFFECT_REQUEST:
        request_free(effect->request);
        break;
    case EFFECT_REPORT:
        report_deinit(&effect->report);
        break;
    }
}

void effects_clear(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++)
        effect_deinit(&effects->items[i]);
    effects->count = 0;
    effects->serial = 0;
}

void effects_deinit(struct effects *effects)
{
    effects_clear(effects);
    free(effects->items);
    *effects = (struct effects){0};
}
