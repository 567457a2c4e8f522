// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "imagectl/print.h"

void print_text(const struct text *text)
{
    fwrite(text_string(text), 1, text->length, stdout);
}

static void print(json_t *json, size_t flags)
{
    char *dump = json_dumps(json, flags);
    if (dump == NULL)
        memory_exhausted(0);
    puts(dump);
    free(dump);
    json_decref(json);
}

void print_json(json_t *json)
{
    print(json, JSON_INDENT(2));
}

void print_json_line(json_t *json)
{
    print(json, JSON_COMPACT);
}
