// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "core/managed.h"
#include "core/memory.h"
#include "core/shared_text.h"

struct write *write_new(enum operation operation, const char *name)
{
    struct write *write = memory_new(1, sizeof(*write));
    write->request = request_new(operation, name);
    return write;
}

void write_free(struct write *write)
{
    if (write == NULL)
        return;
    request_free(write->request);
    tag_list_deinit(&write->sent);
    free(write->repairing);
    free(write->retiring);
    free(write);
}

struct managed *managed_new(struct record *record)
{
    struct managed *managed = memory_new(1, sizeof(*managed));
    managed->record = record;
    managed->presence = record->image_id == NULL ? PRESENCE_NONE : PRESENCE_UNSEEN;
    managed->looked.asked_ms = -1;
    managed->source_checked_ms = -1;
    managed->grace_end_ms = INSTANT_NEVER;
    return managed;
}

void managed_free(struct managed *managed)
{
    if (managed == NULL)
        return;
    record_free(managed->record);
    declaration_unref(managed->declaration);
    managed_forget_parsed(managed);
    managed_forget_sources(managed);
    write_free(managed->write);
    free(managed->let_through);
    free(managed->not_retired);
    free(managed->invalid);
    free(managed->source_message);
    free(managed);
}

void managed_set_declaration(struct managed *managed, struct declaration *declaration)
{
    struct declaration *reference = declaration == NULL ? NULL : declaration_ref(declaration);
    declaration_unref(managed->declaration);
    managed->declaration = reference;
}

void managed_reset_image(struct managed *managed)
{
    managed_forget_parsed(managed);
    managed->presence = managed->record->image_id == NULL ? PRESENCE_NONE : PRESENCE_UNSEEN;
    managed->available = false;
    managed->begins_anew = false;
    managed->seen_by_read = false;
    managed->not_found = 0;
    managed->missing_since_ms = 0;
    managed->unlisted = false;
    managed->poll_ms = 0;
    managed->observe_at_ms = 0;
    managed->pending_since_wall_ms = 0;
}

// The declaration of a canonical text: the one in force where it is the same, else parsed once.
static const struct declaration *parsed(
    struct managed *managed, const char *canonical, struct declaration **cache)
{
    if (canonical == NULL)
        return NULL;
    if (managed->declaration != NULL &&
        shared_text_equal(canonical, managed->declaration->canonical))
        return managed->declaration;
    if (*cache == NULL)
        *cache = declaration_from_canonical(canonical, managed->record->file);
    return *cache;
}

const struct declaration *managed_made_from(struct managed *managed)
{
    return parsed(managed, managed->record->made_from, &managed->made_from);
}

const struct declaration *managed_applied(struct managed *managed)
{
    return parsed(managed, managed->record->applied, &managed->applied);
}

void managed_forget_parsed(struct managed *managed)
{
    declaration_unref(managed->made_from);
    declaration_unref(managed->applied);
    managed->made_from = NULL;
    managed->applied = NULL;
}

void managed_forget_sources(struct managed *managed)
{
    for (size_t i = 0; i < managed->found_count; i++) {
        free(managed->found[i].id);
        free(managed->found[i].state);
        tag_list_deinit(&managed->found[i].tags);
    }
    free(managed->found);
    managed->found = NULL;
    managed->found_count = 0;
    managed->source_checked_ms = -1;
    managed->source_confirmed = false;
    managed->checking_source = false; // the answer to an older question is not waited for
    text_list_deinit(&managed->sources);
}
