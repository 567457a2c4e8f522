// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/canonical.h"
#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/yaml_text.h"

#define STEP 2

// Whether YAML reads the text as itself without quotes, and people do not take it for something
// else.
static bool is_plain(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] == ' ' || text[length - 1] == ':')
        return false;
    if (!ascii_is_alphanumeric(text[0]) && strchr("/._", text[0]) == NULL)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool harmless = ascii_is_alphanumeric(text[i]) || strchr("/._-+@()=", text[i]) != NULL;
        bool inside = (text[i] == ':' && text[i + 1] != ' ') || text[i] == ' ';
        if (!harmless && !inside)
            return false;
    }
    return strcmp(text, "true") != 0 && strcmp(text, "false") != 0 && strcmp(text, "null") != 0;
}

static void write_text(const char *text, struct text *out)
{
    if (is_plain(text))
        text_append(out, text);
    else
        canonical_write_text(text, out);
}

// Without a line's end.
static void write_scalar(const json_t *value, struct text *out)
{
    if (json_is_string(value)) {
        write_text(json_string_value(value), out);
        return;
    }
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    text_append(out, dump != NULL ? dump : "");
    free(dump);
}

static bool is_nested(const json_t *value)
{
    return (json_is_object(value) && json_object_size(value) > 0) ||
           (json_is_array(value) && json_array_size(value) > 0);
}

static void write_members(const json_t *mapping, size_t indent, bool begun, struct text *out);

static void write_items(const json_t *list, size_t indent, struct text *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        display_pad(out, indent);
        text_append(out, "- ");
        if (json_is_object(item) && json_object_size(item) > 0) {
            write_members(item, indent + STEP, true, out);
        } else {
            write_scalar(item, out);
            text_append(out, "\n");
        }
    }
}

// `begun`: the first line has its indentation already.
static void write_members(const json_t *mapping, size_t indent, bool begun, struct text *out)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)mapping, key, value) {
        if (!begun)
            display_pad(out, indent);
        begun = false;
        write_text(key, out);
        text_append(out, ":");
        if (is_nested(value)) {
            text_append(out, "\n");
            if (json_is_object(value))
                write_members(value, indent + STEP, false, out);
            else
                write_items(value, indent + STEP, out);
            continue;
        }
        text_append(out, " ");
        write_scalar(value, out);
        text_append(out, "\n");
    }
}

void yaml_text_write(const json_t *mapping, size_t indent, struct text *out)
{
    write_members(mapping, indent, false, out);
}
