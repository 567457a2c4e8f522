// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>

#include "core/field_words.h"
#include "core/scalar.h"
#include "core/text.h"

static const char *const type_names[] = {
    [FIELD_TEXT] = "text, taken as written",
    [FIELD_CHOICE] = "one of",
    [FIELD_BOOLEAN] = "true or false",
    [FIELD_INTEGER] = "whole number",
    [FIELD_DURATION] = "duration: a whole number and ms, s, m, h or d",
    [FIELD_TEXT_LIST] = "list of texts",
    [FIELD_TAGS] = "mapping of tags, or list of {key, value}",
    [FIELD_SELECTOR] = "an id, or a mapping that finds one",
    [FIELD_GROUP] = "mapping",
    [FIELD_GROUP_LIST] = "list of mappings",
    [FIELD_WORD] = "word in place of the mapping",
};

static const char *const change_names[] = {
    [CHANGE_LOCAL] = "imaged's own setting; changes nothing in the cloud",
    [CHANGE_IN_PLACE] = "made on the live image",
    [CHANGE_REPLACES] = "needs a new image",
    [CHANGE_OBSERVED] = "only the cloud says it",
};

static void append_bound(const struct field *field, int64_t bound, struct text *out)
{
    if (field->type == FIELD_DURATION)
        scalar_write_duration(out, bound);
    else
        text_format(out, "%" PRId64, bound);
}

static void append_bounds(const struct field *field, struct text *out)
{
    bool countable = field->type == FIELD_TEXT_LIST || field->type == FIELD_TAGS ||
                     field->type == FIELD_GROUP_LIST;
    const char *unit = countable ? " item" : field->type == FIELD_TEXT ? " byte" : "";
    const struct {
        const char *words;
        int64_t bound;
    } bounds[] = {{", at least ", field->minimum}, {", at most ", field->maximum}};
    for (size_t i = 0; i < 2; i++) {
        if (bounds[i].bound == 0)
            continue;
        text_append(out, bounds[i].words);
        append_bound(field, bounds[i].bound, out);
        text_format(out, "%s%s", unit, *unit != '\0' && bounds[i].bound != 1 ? "s" : "");
    }
}

void field_words_type(const struct field *field, struct text *out)
{
    text_append(out, type_names[field->type]);
    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++)
        text_format(out, "%s %s", i == 0 ? "" : ",", field->choices[i]);
    append_bounds(field, out);
}

const char *field_words_form(const struct field *field)
{
    // A text that no field takes.
    return field->check == NULL ? NULL : field->check("\n");
}

const char *field_words_change(enum field_change change)
{
    return change_names[change];
}

const char *field_words_source(const struct field *field)
{
    static const struct {
        enum source source;
        const char *name;
    } sources[] = {
        {SOURCE_IMAGE, "copies of an image (source_image_id)"},
        {SOURCE_VM, "images of a VM (vm_id)"},
        {SOURCE_SNAPSHOTS, "images registered from snapshots (block_device_mappings)"},
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if ((field->sources & (unsigned)sources[i].source) != 0)
            return sources[i].name;
    return NULL;
}
