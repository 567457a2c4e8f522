// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A text that grows by doubling.

#include "config.h"

#include "sim/text.h"
#include "sim/memory.h"

#include <stdlib.h>
#include <string.h>

void sim_text_deinit(struct sim_text *text)
{
    free(text->data);
    *text = (struct sim_text){0};
}

void sim_text_append(struct sim_text *text, const char *bytes, size_t length)
{
    size_t needed = text->length + length + 1;

    if (needed > text->capacity) {
        text->capacity = needed > 2 * text->capacity ? needed : 2 * text->capacity;
        text->data = sim_memory_resize(text->data, text->capacity, 1);
    }
    if (length > 0) {
        memcpy(text->data + text->length, bytes, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void sim_text_add(struct sim_text *text, const char *string)
{
    sim_text_append(text, string, strlen(string));
}

char *sim_text_take(struct sim_text *text)
{
    char *data = text->data != NULL ? text->data : sim_memory_bytes("", 0);

    *text = (struct sim_text){0};
    return data;
}
