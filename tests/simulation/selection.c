// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "simulation/selection.h"

#define LONGEST_RANGE 1000000

void selection_deinit(struct selection *selection)
{
    free(selection->items);
    *selection = (struct selection){0};
}

void selection_add(struct selection *selection, struct choice choice)
{
    selection->items = memory_grow(
        selection->items, selection->count, &selection->capacity, sizeof(*selection->items));
    selection->items[selection->count++] = choice;
}

bool selection_has(const struct selection *selection, enum deed deed, uint64_t number)
{
    for (size_t i = 0; i < selection->count; i++)
        if (selection->items[i].deed == deed && selection->items[i].number == number)
            return true;
    return false;
}

// "4" or "4-7", of the deed that was named last.
static bool read_numbers(struct selection *selection, enum deed deed, const char *text)
{
    char *end = NULL;
    uint64_t from = strtoull(text, &end, 10);
    uint64_t to = from;
    if (end != text && *end == '-') {
        const char *second = end + 1;
        to = strtoull(second, &end, 10);
        if (end == second)
            return false;
    }
    if (end == text || *end != '\0' || from == 0 || to < from || to - from > LONGEST_RANGE)
        return false;
    for (uint64_t number = from; number <= to; number++)
        selection_add(selection, (struct choice){.deed = deed, .number = number});
    return true;
}

char *selection_parse(struct selection *selection, const char *text)
{
    if (strcmp(text, "none") == 0)
        return NULL;
    char *copy = memory_text(text);
    char *wrong = NULL;
    char *rest = NULL;
    enum deed deed = DEED_COUNT;
    for (char *item = strtok_r(copy, ",", &rest); item != NULL && wrong == NULL;
         item = strtok_r(NULL, ",", &rest)) {
        char *numbers = strchr(item, ':');
        if (numbers != NULL) {
            *numbers++ = '\0';
            deed = deed_from_name(item);
        }
        if (deed == DEED_COUNT || !read_numbers(selection, deed, numbers == NULL ? item : numbers))
            wrong = memory_text(item);
    }
    free(copy);
    return wrong;
}

static int compare(const void *left, const void *right)
{
    const struct choice *a = left;
    const struct choice *b = right;
    if (a->deed != b->deed)
        return a->deed < b->deed ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

char *selection_format(const struct selection *selection)
{
    if (selection->count == 0)
        return memory_text("none");
    size_t size = selection->count * sizeof(*selection->items);
    struct choice *sorted = memory_new(selection->count, sizeof(*sorted));
    memcpy(sorted, selection->items, size);
    qsort(sorted, selection->count, sizeof(*sorted), compare);
    struct text text = {0};
    for (size_t i = 0, end = 0; i < selection->count; i = end) {
        for (end = i + 1; end < selection->count && sorted[end].deed == sorted[i].deed &&
                          sorted[end].number == sorted[end - 1].number + 1;
             end++)
            ;
        text_append(&text, i == 0 ? "" : ",");
        if (i == 0 || sorted[i].deed != sorted[i - 1].deed)
            text_format(&text, "%s:", deed_name(sorted[i].deed));
        text_format(&text, "%" PRIu64, sorted[i].number);
        if (end - i > 1)
            text_format(&text, "-%" PRIu64, sorted[end - 1].number);
    }
    free(sorted);
    return text_steal(&text);
}
