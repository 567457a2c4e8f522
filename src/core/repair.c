// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/repair.h"
#include "core/text.h"

// One line a field: its name, then each difference. Control characters are replaced, so that lines
// stay lines.
static char *describe(const struct difference_list *differences, const char *field)
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
    text_append(&line, "\n");
    return text_steal(&line);
}

static bool has_line(const char *repaired, const char *line)
{
    const char *found = repaired == NULL ? NULL : strstr(repaired, line);
    return found != NULL && (found == repaired || found[-1] == '\n');
}

// The text without the field's line.
static char *without(const char *repaired, const char *field)
{
    struct text rest = {0};
    size_t length = strlen(field);
    for (const char *line = repaired; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        size_t size = end == NULL ? strlen(line) : (size_t)(end - line) + 1;
        if (strncmp(line, field, length) != 0 || line[length] != ':')
            text_append_n(&rest, line, size);
        line += size;
    }
    return text_steal(&rest);
}

bool repair_note(char **repaired, const struct difference_list *differences, const char *field)
{
    char *line = describe(differences, field);
    bool again = has_line(*repaired, line);
    char *rest = without(*repaired, field);
    char *noted = memory_format("%s%s", rest, line);
    free(*repaired);
    *repaired = noted;
    free(rest);
    free(line);
    return again;
}

bool repair_is_repeated(const char *repaired, const struct difference_list *differences)
{
    bool any = false;
    for (size_t i = 0; i < differences->count; i++) {
        if (differences->items[i].field->change != CHANGE_IN_PLACE)
            continue;
        any = true;
        char *line = describe(differences, differences->items[i].field->name);
        bool again = has_line(repaired, line);
        free(line);
        if (!again)
            return false;
    }
    return any;
}
