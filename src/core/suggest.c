// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/ascii.h"
#include "core/field.h"
#include "core/suggest.h"
#include "core/text.h"

#define LONGEST 64

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char folded(char c)
{
    return c == '-' ? '_' : ascii_lower(c);
}

size_t suggest_distance(const char *a, const char *b)
{
    size_t rows = strlen(a);
    size_t columns = strlen(b);
    if (rows > LONGEST || columns > LONGEST)
        return SIZE_MAX;
    size_t lines[3][LONGEST + 1]; // the line before the last, the last, and this one, in turn
    for (size_t j = 0; j <= columns; j++)
        lines[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t *line = lines[i % 3];
        const size_t *above = lines[(i - 1) % 3];
        line[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            char x = folded(a[i - 1]);
            char y = folded(b[j - 1]);
            line[j] = least(least(above[j], line[j - 1]) + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y)
                line[j] = least(line[j], lines[(i - 2) % 3][j - 2] + 1);
        }
    }
    return lines[rows % 3][columns];
}

// A third of the letters may be wrong, and never all of them.
static bool near(size_t distance, const char *word)
{
    size_t length = strlen(word);
    return distance <= (length < 6 ? 2 : length / 3) && distance < length;
}

const char *suggest_word(const char *word, const char *const *known)
{
    const char *nearest = NULL;
    size_t least_distance = SIZE_MAX;
    for (; *known != NULL; known++) {
        size_t distance = suggest_distance(word, *known);
        if (distance < least_distance && near(distance, word)) {
            nearest = *known;
            least_distance = distance;
        }
    }
    return nearest;
}

const struct field *suggest_field(const char *key, const struct field_table *table)
{
    const struct field *nearest = NULL;
    size_t least_distance = SIZE_MAX;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->change == CHANGE_OBSERVED || field->type == FIELD_WORD)
            continue;
        if (field->json != NULL && strcmp(field->json, key) == 0)
            return field;
        size_t distance = suggest_distance(key, field->name);
        if (distance < least_distance && near(distance, key)) {
            nearest = field;
            least_distance = distance;
        }
    }
    return nearest;
}

static const struct field *find_by_either_name(const struct field_table *table, const char *key)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++)
        if (field->type != FIELD_WORD &&
            (strcmp(field->name, key) == 0 ||
                (field->json != NULL && strcmp(field->json, key) == 0)))
            return field;
    return NULL;
}

int suggest_path(const char *key, const struct field_table *table, struct text *path)
{
    size_t length = path->length;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->children == NULL || field->change == CHANGE_OBSERVED ||
            field->type == FIELD_SELECTOR)
            continue;
        text_format(path, "%s%s", length > 0 ? "." : "", field->name);
        const struct field *child = find_by_either_name(field->children, key);
        if (child != NULL) {
            text_format(path, ".%s", child->name);
            return 0;
        }
        if (suggest_path(key, field->children, path) == 0)
            return 0;
        text_truncate(path, length);
    }
    return -1;
}
