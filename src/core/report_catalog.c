// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/report.h"
#include "core/report_catalog.h"

// journalctl's pager cuts long lines rather than breaking them.
#define COLUMNS 72

// Appends the words of `text`, broken into lines.
static void write_wrapped(struct text *out, const char *text)
{
    size_t column = 0;
    for (const char *word = text; *word != '\0';) {
        size_t length = strcspn(word, " ");
        if (column > 0 && column + 1 + length > COLUMNS) {
            text_append(out, "\n");
            column = 0;
        }
        if (column > 0)
            text_append(out, " ");
        column += (column > 0) + length;
        text_append_n(out, word, length);
        word += length;
        word += strspn(word, " ");
    }
    text_append(out, "\n");
}

static void write_entry(struct text *out, const struct report_row *row)
{
    text_format(out, "\n-- %s\nSubject: %s\nDefined-By: imaged\nDocumentation: man:imaged(8)\n\n",
        row->message_id, row->name);
    write_wrapped(out, row->cause);
    if (strcmp(row->remedy, "None.") == 0)
        return;
    text_append(out, "\n");
    struct text remedy = {0};
    text_format(&remedy, "What to do: %s", row->remedy);
    write_wrapped(out, text_string(&remedy));
    text_deinit(&remedy);
}

void report_catalog_write(struct text *out)
{
    text_append(
        out, "# What journalctl -x says of the events of imaged; made of its table of them.\n");
    for (size_t kind = 0; kind < REPORT_COUNT; kind++)
        write_entry(out, report_row((enum report_kind)kind));
}
