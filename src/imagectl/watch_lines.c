// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "imagectl/clock.h"
#include "imagectl/display.h"
#include "imagectl/image_row.h"
#include "imagectl/watch_lines.h"

static int by_name(const void *left, const void *right)
{
    const struct image_row *const *a = left;
    const struct image_row *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static const struct image_row **sorted(const struct image_rows *rows)
{
    const struct image_row **items = memory_new(rows->count + 1, sizeof(*items));
    for (size_t i = 0; i < rows->count; i++)
        items[i] = &rows->items[i];
    qsort(items, rows->count, sizeof(*items), by_name);
    return items;
}

static bool shows_the_same(const struct image_row *a, const struct image_row *b)
{
    return text_equal(a->state, b->state) && text_equal(a->reason, b->reason) &&
           text_equal(a->message, b->message) && text_equal(a->image_id, b->image_id) &&
           text_equal(a->invalid, b->invalid);
}

// "2026-11-25 11:00:00 web-base: pending, ImagePending, ami-1234: the message"
static void append_words(
    struct text *out, const char *name, const struct image_row *row, int64_t wall_ms)
{
    char local[CLOCK_LOCAL_SIZE];
    struct text line = {0};
    clock_format_local(wall_ms, local);
    text_format(&line, "%s %s: ", local, name);
    if (row == NULL) {
        text_append(&line, "no longer looked after");
    } else {
        text_format(&line, "%s, %s", row->state, row->reason);
        if (row->image_id != NULL)
            text_format(&line, ", %s", row->image_id);
        if (row->message[0] != '\0')
            text_format(&line, ": %s", row->message);
    }
    display_clean(out, line.bytes);
    text_append(out, "\n");
    text_deinit(&line);
}

static void append_json(
    struct text *out, const char *name, const struct image_row *row, int64_t wall_ms)
{
    char time[TIMESTAMP_SIZE];
    timestamp_format(wall_ms, time);
    json_t *image = row == NULL ? json_null() : json_incref((json_t *)row->json);
    json_t *line = json_pack("{s:s, s:s, s:o}", "time", time, "name", name, "image", image);
    char *dump = json_dumps(line, JSON_COMPACT);
    if (dump == NULL)
        memory_exhausted(0);
    text_format(out, "%s\n", dump);
    free(dump);
    json_decref(line);
}

void watch_lines_write(const struct image_rows *before, const struct image_rows *now, bool json,
    int64_t wall_ms, struct text *out)
{
    void (*append)(struct text *, const char *, const struct image_row *,
        int64_t) = json ? append_json : append_words;
    const struct image_row **old = sorted(before);
    const struct image_row **new = sorted(now);
    size_t i = 0;
    size_t j = 0;
    while (i < before->count || j < now->count) {
        int order = i == before->count ? 1
                    : j == now->count  ? -1
                                       : strcmp(old[i]->name, new[j]->name);
        if (order < 0)
            append(out, old[i]->name, NULL, wall_ms);
        else if (order > 0 || !shows_the_same(old[i], new[j]))
            append(out, new[j]->name, new[j], wall_ms);
        i += order <= 0;
        j += order >= 0;
    }
    free(new);
    free(old);
}
