// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/repair.h"
#include "core/text.h"

// The record's text has a line for each field: how often, and the description. Control characters
// are replaced in that, so that lines stay lines.
char *repair_describe(const struct difference_list *differences, const char *field)
{
    struct text line = {0};
    text_format(&line, "%s:", field);
    for (size_t i = 0; i < differences->count; i++) {
        const struct difference *difference = &differences->items[i];
        if (strcmp(difference->field->name, field) == 0)
            text_format(&line, " %s=%s", difference->path,
                difference->to == NULL ? "(removed)" : difference->to);
    }
    for (size_t i = 0; i < line.length; i++)
        if ((unsigned char)line.bytes[i] < ' ')
            line.bytes[i] = '?';
    return text_steal(&line);
}

// How often the description was noted in a row: its line's count.
static unsigned times_noted(const char *repaired, const char *description)
{
    size_t length = strlen(description);
    for (const char *line = repaired; line != NULL && *line != '\0';) {
        char *rest = NULL;
        unsigned long times = strtoul(line, &rest, 10);
        size_t size = strcspn(rest, "\n");
        if (*rest == ' ' && size - 1 == length && strncmp(rest + 1, description, length) == 0)
            return (unsigned)times;
        line = rest + size + (rest[size] == '\n' ? 1 : 0);
    }
    return 0;
}

static bool is_about(const char *line, const char *description)
{
    const char *field = line + strspn(line, "0123456789 ");
    size_t length = strcspn(description, ":") + 1;
    return strncmp(field, description, length) == 0;
}

// Adds the lines of all other fields.
static void append_others(const char *repaired, const char *description, struct text *text)
{
    for (const char *line = repaired; line != NULL && *line != '\0';) {
        size_t size = strcspn(line, "\n");
        if (!is_about(line, description)) {
            text_append_n(text, line, size);
            text_append(text, "\n");
        }
        line += size + (line[size] == '\n' ? 1 : 0);
    }
}

unsigned repair_note(char **repaired, const char *description)
{
    unsigned times = times_noted(*repaired, description) + 1;
    struct text text = {0};
    append_others(*repaired, description, &text);
    text_format(&text, "%u %s\n", times, description);
    free(*repaired);
    *repaired = text_steal(&text);
    return times;
}

bool repair_is_in_vain(
    const char *repaired, const struct difference_list *differences, unsigned times)
{
    bool any = false;
    for (size_t i = 0; i < differences->count; i++) {
        if (differences->items[i].field->change != CHANGE_IN_PLACE)
            continue;
        any = true;
        char *description = repair_describe(differences, differences->items[i].field->name);
        bool in_vain = times_noted(repaired, description) >= times;
        free(description);
        if (!in_vain)
            return false;
    }
    return any;
}
