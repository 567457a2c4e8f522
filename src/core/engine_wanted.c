// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/effective.h"
#include "core/engine_state.h"
#include "core/memory.h"
#include "core/ownership.h"

// Whether all that the declaration says stands in it as it is: nothing to find, nothing to put in.
static bool is_literal(const struct declaration *declaration)
{
    struct declared declared = declaration_open(declaration);
    const struct image *image = &declared.image;
    if (strchr(image->name, '{') != NULL)
        return false;
    if (image->description != NULL && strchr(image->description, '{') != NULL)
        return false;
    for (size_t i = 0; i < image->tags.count; i++)
        if (strchr(image->tags.items[i].value, '{') != NULL)
            return false;
    struct text_list sources = {0};
    effective_sources(image, &sources);
    bool found = sources.count > 0;
    text_list_deinit(&sources);
    return found;
}

static void add_ownership(
    const struct engine *engine, const struct declaration *declaration, struct tag_list *tags)
{
    if (!engine->options.ownership_tags)
        return;
    tag_list_set(tags, OWNERSHIP_OWNER_KEY, engine->installation);
    tag_list_set(tags, OWNERSHIP_NAME_KEY, declaration->name);
}

void engine_wanted_of(const struct engine *engine, const struct declaration *declaration,
    const struct text_list *sources, struct wanted *wanted)
{
    *wanted = (struct wanted){0};
    if (is_literal(declaration)) {
        wanted->image = declaration_open(declaration).image; // shares all but the tags
        tag_list_copy(&wanted->tags, &wanted->image.tags);
        add_ownership(engine, declaration, &wanted->tags);
        wanted->image.tags = wanted->tags;
        return;
    }
    wanted->own = effective_image(declaration, sources);
    add_ownership(engine, declaration, &wanted->own->tags);
    wanted->image = *wanted->own;
}

// Whether a change of the file asks for another source than the image was made from.
static bool source_changed(struct managed *managed)
{
    const struct declaration *made_from = managed_made_from(managed);
    if (made_from == NULL || made_from == managed->declaration)
        return false;
    struct difference_list differences = {0};
    struct declared before = declaration_open(made_from);
    struct declared now = declaration_open(managed->declaration);
    declared_diff(&before.image, &now.image, &differences);
    bool changed = false;
    for (size_t i = 0; i < differences.count; i++)
        changed = changed || differences.items[i].field->type == FIELD_SELECTOR ||
                  differences.items[i].field->type == FIELD_GROUP_LIST;
    difference_list_deinit(&differences);
    return changed;
}

bool engine_follows(const struct managed *managed)
{
    struct declared declared = declaration_open(managed->declaration);
    const struct image *image = &declared.image;
    if (image->source_image.follow == BOOLEAN_TRUE || image->vm.follow == BOOLEAN_TRUE)
        return true;
    for (size_t i = 0; i < image->block_devices.count; i++)
        if (image->block_devices.items[i].bsu.snapshot.follow == BOOLEAN_TRUE)
            return true;
    return false;
}

void engine_sources(struct managed *managed, struct text_list *sources)
{
    const struct record *record = managed->record;
    bool made = record->image_id != NULL && record->source_id != NULL && !source_changed(managed);
    if (managed->source == SOURCE_READY && (!made || engine_follows(managed)))
        text_list_copy(sources, &managed->sources);
    else if (made)
        effective_parse_sources(record->source_id, sources);
}

void engine_wanted(const struct engine *engine, struct managed *managed, struct wanted *wanted)
{
    struct text_list sources = {0};
    if (managed->record->intent == INTENT_CREATE && managed_made_from(managed) != NULL) {
        effective_parse_sources(managed->record->source_id, &sources);
        engine_wanted_of(engine, managed_made_from(managed), &sources, wanted);
    } else {
        engine_sources(managed, &sources);
        engine_wanted_of(engine, managed->declaration, &sources, wanted);
    }
    text_list_deinit(&sources);
}

void wanted_deinit(struct wanted *wanted)
{
    tag_list_deinit(&wanted->tags);
    image_free(wanted->own);
    *wanted = (struct wanted){0};
}
