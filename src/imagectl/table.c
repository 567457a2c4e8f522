// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/table.h"

#define GAP           2  // columns of space between columns
#define LEAST_LAST    24 // the first column shrinks for the last to be this wide
#define LEAST_FIRST   16
#define COLUMNS_LIMIT 12

struct cell {
    char *text; // clean
    size_t width;
    enum paint paint;
};

struct table {
    const char *const *titles;
    size_t columns;
    struct cell *cells;
    size_t count;
    size_t capacity;
};

struct table *table_new(const char *const *titles, size_t columns)
{
    struct table *table = memory_new(1, sizeof(*table));
    *table = (struct table){
        .titles = titles,
        .columns = columns < COLUMNS_LIMIT ? columns : COLUMNS_LIMIT,
    };
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table);
}

void table_add(struct table *table, const char *cell, enum paint paint)
{
    struct text clean = {0};
    bool last = table->count % table->columns == table->columns - 1;
    if (cell != NULL && *cell != '\0')
        display_clean(&clean, cell);
    else
        text_append(&clean, last ? "" : "-");
    table->cells = memory_grow(table->cells, table->count, &table->capacity, sizeof(struct cell));
    struct cell *added = &table->cells[table->count++];
    added->paint = paint;
    added->width = display_width(clean.bytes);
    added->text = text_steal(&clean);
}

size_t table_rows(const struct table *table)
{
    return table->count / table->columns;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

// Takes from a column what is too much, but leaves it at least so wide.
static void shrink(size_t *width, size_t *excess, size_t least)
{
    size_t given = *width > least ? *width - least : 0;
    if (given > *excess)
        given = *excess;
    *width -= given;
    *excess -= given;
}

static void measure(const struct table *table, size_t limit, size_t widths[])
{
    size_t last = table->columns - 1;
    size_t total = last * GAP;
    for (size_t i = 0; i <= last; i++)
        widths[i] = display_width(table->titles[i]);
    for (size_t i = 0; i < table->count; i++)
        widths[i % table->columns] = larger(widths[i % table->columns], table->cells[i].width);
    for (size_t i = 0; i <= last; i++)
        total += widths[i];
    if (limit == 0 || total <= limit)
        return;
    size_t excess = total - limit;
    shrink(&widths[last], &excess, LEAST_LAST);
    shrink(&widths[0], &excess, LEAST_FIRST);
    shrink(&widths[last], &excess, 0);
}

// One line, cut where even the narrowest columns are too wide.
struct line {
    struct text *out;
    size_t limit; // 0: none
    size_t at;
    size_t owed; // spaces that only what follows them makes necessary
    bool colour;
};

static void add_to_line(struct line *line, const char *text, enum paint paint, size_t width)
{
    struct text cut = {0};
    size_t room = width;
    if (line->limit != 0) {
        size_t left = line->limit > line->at + line->owed ? line->limit - line->at - line->owed : 0;
        room = room < left ? room : left;
    }
    display_cut(&cut, text, room);
    size_t taken = display_width(text_string(&cut));
    if (taken > 0) {
        display_pad(line->out, line->owed);
        text_append(line->out, paint_begin(paint, line->colour));
        text_append(line->out, cut.bytes);
        text_append(line->out, paint_end(paint, line->colour));
        line->at += line->owed + taken;
        line->owed = 0;
    }
    line->owed += width - taken + GAP;
    text_deinit(&cut);
}

void table_write(
    const struct table *table, const struct terminal *terminal, size_t rows, struct text *out)
{
    size_t widths[COLUMNS_LIMIT];
    size_t last = table->columns - 1;
    measure(table, terminal->columns, widths);
    struct line line = {.out = out, .limit = terminal->columns, .colour = terminal->colour};
    for (size_t i = 0; i <= last; i++)
        add_to_line(&line, table->titles[i], PAINT_BOLD, widths[i]);
    text_append_n(out, "\n", 1);
    for (size_t row = 0; row < table_rows(table) && row < rows; row++) {
        line.at = 0;
        line.owed = 0;
        const struct cell *cells = &table->cells[row * table->columns];
        for (size_t i = 0; i <= last; i++)
            add_to_line(&line, cells[i].text, cells[i].paint, widths[i]);
        text_append_n(out, "\n", 1);
    }
}
