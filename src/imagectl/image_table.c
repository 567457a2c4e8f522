// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/state.h"
#include "core/text.h"
#include "imagectl/age.h"
#include "imagectl/image_row.h"
#include "imagectl/image_table.h"
#include "imagectl/table.h"

static const char *const titles[] = {"NAME", "STATE", "REASON", "AGE", "ID", "NEXT", "MESSAGE"};
static const char *const marked_titles[] = {
    "NAME", "  STATE", "REASON", "AGE", "ID", "NEXT", "MESSAGE"};

#define COLUMNS (sizeof(titles) / sizeof(titles[0]))

static const char *const turning[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

#define TURNING (int)(sizeof(turning) / sizeof(turning[0]))

static const char *mark(const struct image_row *row, int tick)
{
    switch (state_from_name(row->state)) {
    case STATE_PENDING:
        return image_row_settled(row) ? "‖" : turning[tick % TURNING];
    case STATE_AVAILABLE:
        return "✓";
    case STATE_FAILED:
        return "✗";
    default:
        return " ";
    }
}

static void add_state(struct table *table, const struct image_row *row, int tick)
{
    struct text cell = {0};
    if (tick >= 0)
        text_format(&cell, "%s ", mark(row, tick));
    text_append(&cell, row->state);
    table_add(table, cell.bytes, paint_of_state(row->state));
    text_deinit(&cell);
}

static void add_age(struct table *table, const struct image_row *row, int64_t elapsed_ms)
{
    char age[AGE_SIZE] = "";
    if (row->age_ms >= 0)
        age_format(row->age_ms + elapsed_ms, age);
    table_add(table, age, PAINT_NONE);
}

static void add_next(struct table *table, const struct image_row *row, int64_t elapsed_ms)
{
    char next[AGE_SIZE] = "";
    if (row->next_attempt != NULL && row->next_attempt_ms != IMAGE_ROW_UNKNOWN)
        age_format_ahead(row->next_attempt_ms - elapsed_ms, next);
    table_add(table, next, PAINT_NONE);
}

// The newest file's error is told even where the last good version is well.
static void add_message(struct table *table, const struct image_row *row)
{
    bool untold = row->invalid != NULL && state_from_name(row->state) != STATE_FAILED;
    table_add(table, untold ? row->invalid : row->message, PAINT_NONE);
}

struct table *image_table_new(const struct image_rows *rows, int64_t elapsed_ms, int tick)
{
    struct table *table = table_new(tick >= 0 ? marked_titles : titles, COLUMNS);
    for (size_t i = 0; i < rows->count; i++) {
        const struct image_row *row = &rows->items[i];
        table_add(table, row->name, PAINT_NONE);
        add_state(table, row, tick);
        table_add(table, row->reason, PAINT_NONE);
        add_age(table, row, elapsed_ms);
        table_add(table, row->image_id, PAINT_NONE);
        add_next(table, row, elapsed_ms);
        add_message(table, row);
    }
    return table;
}
