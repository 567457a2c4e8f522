// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/problem.h"
#include "core/text.h"

#define PATH_LIMIT_BYTES 200

static const char *const severity_names[] = {
    [SEVERITY_ERROR] = "error",
    [SEVERITY_WARNING] = "warning",
};

static struct problem *append(struct problem_list *list)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(struct problem));
    return &list->items[list->count++];
}

// A path fit to be shown.
static char *clean_path(const char *path)
{
    size_t length = strlen(path);
    size_t kept = length;
    if (kept > PATH_LIMIT_BYTES) {
        kept = PATH_LIMIT_BYTES;
        while (kept > 0 && ((unsigned char)path[kept] & 0xc0) == 0x80)
            kept--;
    }
    char *clean = memory_format("%.*s%s", (int)kept, path, kept < length ? "…" : "");
    for (unsigned char *c = (unsigned char *)clean; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?';
    }
    return clean;
}

bool problem_list_is_full(const struct problem_list *list)
{
    return list->count >= PROBLEM_LIMIT;
}

// The last place is kept for saying that there are more.
static void add_to_full(struct problem_list *list, enum severity severity)
{
    static const char more[] = "there are more problems behind the first ones; mend those first";
    struct problem *last = &list->items[list->count - 1];
    if (strcmp(last->message, more) != 0) {
        memory_replace_text(&last->message, more);
        memory_replace_text(&last->path, "");
    }
    if (severity == SEVERITY_ERROR)
        last->severity = SEVERITY_ERROR;
}

void problem_add(struct problem_list *list, enum severity severity, struct place place,
    const char *path, const char *format, ...)
{
    if (problem_list_is_full(list)) {
        add_to_full(list, severity);
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_format_list(format, arguments);
    va_end(arguments);
    *append(list) = (struct problem){
        .severity = severity,
        .place = place,
        .path = clean_path(path),
        .message = message,
    };
}

bool problem_list_has_errors(const struct problem_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].severity == SEVERITY_ERROR)
            return true;
    return false;
}

static bool stands_before(struct place a, struct place b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

// Merges the sorted halves of `items` by way of `scratch`; stable, unlike qsort.
static void sort(struct problem *items, struct problem *scratch, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    sort(items, scratch, half);
    sort(items + half, scratch, count - half);
    memcpy(scratch, items, half * sizeof(*items));
    size_t left = 0;
    size_t right = half;
    for (size_t out = 0; left < half; out++) {
        if (right < count && stands_before(items[right].place, scratch[left].place))
            items[out] = items[right++];
        else
            items[out] = scratch[left++];
    }
}

void problem_list_sort(struct problem_list *list)
{
    if (list->count < 2)
        return;
    struct problem *scratch = memory_new(list->count, sizeof(*scratch));
    sort(list->items, scratch, list->count);
    free(scratch);
}

void problem_list_move(struct problem_list *to, struct problem_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        *append(to) = from->items[i];
    free(from->items);
    *from = (struct problem_list){0};
}

void problem_list_deinit(struct problem_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        free(list->items[i].message);
    }
    free(list->items);
    *list = (struct problem_list){0};
}

void problem_format(const struct problem *problem, const char *file, struct text *out)
{
    text_append(out, file);
    if (problem->place.line != 0)
        text_format(out, ":%u:%u", problem->place.line, problem->place.column);
    text_format(out, ": %s: ", severity_names[problem->severity]);
    if (problem->path[0] != '\0')
        text_format(out, "%s: ", problem->path);
    text_append(out, problem->message);
}
