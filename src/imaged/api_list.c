// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "imaged/api_list.h"
#include "imaged/daemon_state.h"

#define ROWS_AT_A_TIME 64 // about a millisecond's worth

struct listing {
    const struct daemon *daemon;
    uint64_t engines; // as the daemon's, when this began
    api_list_row *row;
    struct text *out; // of the part that is being made
    char *head;       // until it was told
    char *last;       // the name of the last one listed; NULL: none was
    bool ended;
};

static int append(const char *bytes, size_t length, void *data)
{
    text_append_n(data, bytes, length);
    return 0;
}

static void add_row(const struct image_status *status, void *data)
{
    struct listing *listing = data;
    json_t *row = listing->row(listing->daemon->engine, status);
    if (listing->last != NULL)
        text_append(listing->out, ",");
    json_dump_callback(row, append, listing->out, JSON_COMPACT);
    json_decref(row);
    memory_replace_text(&listing->last, status->record->name);
}

static enum control_part next_part(struct text *out, void *data)
{
    struct listing *listing = data;
    if (listing->engines != listing->daemon->engines)
        return CONTROL_PART_BROKEN;
    if (listing->ended)
        return CONTROL_PART_NONE;
    listing->out = out;
    if (listing->head != NULL) {
        text_format(out, "{%s\"items\":[", listing->head);
        memory_replace_text(&listing->head, NULL);
    }
    // Behind the name that the list has when this begins: rows replace it.
    CLEANUP(memory_free_text) char *after = memory_text(listing->last);
    listing->ended = engine_each_after(listing->daemon->engine, after, ROWS_AT_A_TIME, add_row,
                         listing) < ROWS_AT_A_TIME;
    if (listing->ended)
        text_append(out, "]}");
    return CONTROL_PART_MADE;
}

static void free_listing(void *data)
{
    struct listing *listing = data;
    free(listing->head);
    free(listing->last);
    free(listing);
}

struct control_parts api_list(const struct daemon *daemon, const char *head, api_list_row *row)
{
    struct listing *listing = memory_new(1, sizeof(*listing));
    listing->daemon = daemon;
    listing->engines = daemon->engines;
    listing->row = row;
    listing->head = memory_text(head);
    return (struct control_parts){.next = next_part, .free = free_listing, .data = listing};
}
