// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/file_name.h"
#include "core/memory.h"
#include "io/directory_hints.h"

static bool has(const struct directory_hints *hints, const char *name)
{
    for (size_t i = 0; i < hints->count; i++)
        if (strcmp(hints->names[i], name) == 0)
            return true;
    return false;
}

void directory_hints_add(struct directory_hints *hints, const char *name)
{
    if (hints->any || !file_name_is_declaration(name) || has(hints, name))
        return;
    if (hints->count == DIRECTORY_HINTS_LIMIT) {
        directory_hints_add_any(hints);
        return;
    }
    if (hints->names == NULL)
        hints->names = memory_new(DIRECTORY_HINTS_LIMIT, sizeof(*hints->names));
    hints->names[hints->count++] = memory_text(name);
}

void directory_hints_join(struct directory_hints *hints, struct directory_hints *more)
{
    if (more->any)
        directory_hints_add_any(hints);
    for (size_t i = 0; i < more->count; i++)
        directory_hints_add(hints, more->names[i]);
    directory_hints_deinit(more);
}

void directory_hints_add_any(struct directory_hints *hints)
{
    directory_hints_deinit(hints);
    hints->any = true;
}

bool directory_hints_are_none(const struct directory_hints *hints)
{
    return !hints->any && hints->count == 0;
}

void directory_hints_deinit(struct directory_hints *hints)
{
    for (size_t i = 0; i < hints->count; i++)
        free(hints->names[i]);
    free(hints->names);
    *hints = (struct directory_hints){0};
}
