// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/brake.h"
#include "core/memory.h"
#include "core/text.h"

static size_t done_within(const struct brake *brake, int64_t wall_ms, int64_t window_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < brake->done; i++)
        if (brake->done_ms[i] > wall_ms - window_ms)
            count++;
    return count;
}

static void add(struct brake *brake, int64_t wall_ms)
{
    brake->done_ms = memory_grow(
        brake->done_ms, brake->done, &brake->capacity, sizeof(*brake->done_ms));
    brake->done_ms[brake->done++] = wall_ms;
}

void brake_note(struct brake *brake, int64_t wall_ms, int64_t window_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < brake->done; i++)
        if (brake->done_ms[i] > wall_ms - window_ms)
            brake->done_ms[kept++] = brake->done_ms[i];
    brake->done = kept;
    add(brake, wall_ms);
}

void brake_forget(struct brake *brake, int64_t wall_ms)
{
    size_t i = 0;
    while (i < brake->done && brake->done_ms[i] != wall_ms)
        i++;
    if (i == brake->done)
        return;
    for (brake->done--; i < brake->done; i++)
        brake->done_ms[i] = brake->done_ms[i + 1];
}

bool brake_holds(
    const struct brake *brake, int64_t wall_ms, int64_t window_ms, uint32_t maximum, size_t total)
{
    size_t limit = total / 10 > maximum ? total / 10 : maximum;
    return brake->wanted + done_within(brake, wall_ms, window_ms) > limit;
}

char *brake_format(const struct brake *brake)
{
    struct text text = {0};
    for (size_t i = 0; i < brake->done; i++)
        text_format(&text, "%s%" PRId64, i == 0 ? "" : " ", brake->done_ms[i]);
    return text_steal(&text);
}

void brake_parse(struct brake *brake, const char *text)
{
    const char *rest = text;
    for (;;) {
        char *end = NULL;
        long long value = strtoll(rest, &end, 10);
        if (end == rest)
            return;
        if (value > 0)
            add(brake, value);
        rest = end;
    }
}

void brake_deinit(struct brake *brake)
{
    free(brake->done_ms);
    *brake = (struct brake){0};
}
