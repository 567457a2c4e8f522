// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/canonical.h"
#include "core/effective.h"
#include "core/memory.h"
#include "core/text.h"

static bool is_unresolved(const struct selector *selector)
{
    return selector->present && selector->id == NULL;
}

static bool has_unresolved(const struct image *image)
{
    if (is_unresolved(&image->source_image) || is_unresolved(&image->vm))
        return true;
    for (size_t i = 0; i < image->block_devices.count; i++)
        if (is_unresolved(&image->block_devices.items[i].bsu.snapshot))
            return true;
    return false;
}

bool effective_needs_sources(const struct declaration *declaration)
{
    struct declared declared = declaration_open(declaration);
    return strstr(declared.image.name, "{digest}") != NULL && has_unresolved(&declared.image);
}

static void put(struct selector *selector, const struct text_list *sources, size_t index)
{
    if (selector->present && index < sources->count)
        memory_replace_text(&selector->id, sources->items[index]);
}

static void put_sources(struct image *image, const struct text_list *sources)
{
    put(&image->source_image, sources, 0);
    put(&image->vm, sources, 0);
    for (size_t i = 0; i < image->block_devices.count; i++)
        put(&image->block_devices.items[i].bsu.snapshot, sources, i);
}

void effective_sources(const struct image *image, struct text_list *sources)
{
    if (has_unresolved(image))
        return;
    if (image->source_image.present)
        text_list_add(sources, image->source_image.id);
    else if (image->vm.present)
        text_list_add(sources, image->vm.id);
    for (size_t i = 0; i < image->block_devices.count; i++) {
        const char *id = image->block_devices.items[i].bsu.snapshot.id;
        text_list_add(sources, id == NULL ? "" : id);
    }
}

struct replacement {
    const char *placeholder;
    const char *value; // NULL: not known yet
};

// The first placeholder that the text begins with and whose value is known.
static const struct replacement *replacement_at(
    const char *text, const struct replacement *replacements)
{
    for (size_t i = 0; replacements[i].placeholder != NULL; i++)
        if (replacements[i].value != NULL &&
            strncmp(text, replacements[i].placeholder, strlen(replacements[i].placeholder)) == 0)
            return &replacements[i];
    return NULL;
}

static void expand(char **owned, const struct replacement *replacements)
{
    if (*owned == NULL || strchr(*owned, '{') == NULL)
        return;
    struct text expanded = {0};
    for (const char *rest = *owned; *rest != '\0';) {
        const struct replacement *replacement = replacement_at(rest, replacements);
        if (replacement == NULL) {
            text_append_n(&expanded, rest++, 1);
            continue;
        }
        text_append(&expanded, replacement->value);
        rest += strlen(replacement->placeholder);
    }
    free(*owned);
    *owned = text_steal(&expanded);
}

static const char *first_id(const struct text_list *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        if (sources->items[i][0] != '\0')
            return sources->items[i];
    return NULL;
}

struct image *effective_image(
    const struct declaration *declaration, const struct text_list *sources)
{
    struct declared declared = declaration_open(declaration);
    struct image *image = image_clone(&declared.image);
    put_sources(image, sources);
    char digest[CANONICAL_DIGEST_SIZE];
    canonical_digest(image, digest);
    char *name = canonical_cloud_name(image, digest);
    free(image->name);
    image->name = name;
    const struct replacement replacements[] = {
        {"{digest}", digest},
        {"{name}", declaration->name},
        {"{source_id}", first_id(sources)},
        {NULL, NULL},
    };
    expand(&image->description, replacements);
    for (size_t i = 0; i < image->tags.count; i++)
        expand(&image->tags.items[i].value, replacements);
    return image;
}

char *effective_format_sources(const struct text_list *sources)
{
    struct text text = {0};
    for (size_t i = 0; i < sources->count; i++)
        text_format(&text, "%s%s", i == 0 ? "" : ",", sources->items[i]);
    return text_steal(&text);
}

void effective_parse_sources(const char *text, struct text_list *sources)
{
    for (const char *rest = text; rest != NULL && *rest != '\0';) {
        size_t length = strcspn(rest, ",");
        char *id = memory_text_n(rest, length);
        text_list_add(sources, id);
        free(id);
        rest += length + (rest[length] == ',' ? 1 : 0);
    }
}
