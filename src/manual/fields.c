// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/field_words.h"
#include "core/text.h"
#include "manual/fields.h"
#include "manual/roff.h"

static void write_default(const struct field *field, struct text *out)
{
    if (field->server_default == NULL)
        return;
    if (*field->server_default == '\0') {
        text_append(out, "The default is empty.\n");
        return;
    }
    text_append(out, "The default is\n.Ql ");
    roff_argument(out, field->server_default);
    text_append(out, " .\n");
}

// One paragraph of what the row says beside its help.
static void write_facts(const struct field *field, struct text *out)
{
    size_t before = out->length;
    text_append(out, ".Pp\n");
    size_t begin = out->length;
    if (field->required)
        text_append(out, "Required.\n");
    // That a text is a text goes without saying.
    if (field->type != FIELD_TEXT || field->maximum > 0) {
        struct text type = {0};
        field_words_type(field, &type);
        roff_sentence(out, type.bytes);
        text_deinit(&type);
    }
    if (field_words_form(field) != NULL) {
        struct text form = {0};
        text_format(&form, "must be %s", field_words_form(field));
        roff_sentence(out, form.bytes);
        text_deinit(&form);
    }
    if (field_words_source(field) != NULL)
        text_format(out, "Only for %s.\n", field_words_source(field));
    write_default(field, out);
    if (field->change == CHANGE_REPLACES || field->change == CHANGE_IN_PLACE)
        text_format(out, "A change %s%s.\n", field->change == CHANGE_IN_PLACE ? "is " : "",
            field_words_change(field->change));
    if (out->length == begin)
        text_truncate(out, before);
}

// Whether the example only repeats name and default.
static bool is_needless(const struct field *field)
{
    size_t length = strlen(field->name);
    return field->server_default != NULL && strncmp(field->example, field->name, length) == 0 &&
           strncmp(field->example + length, ": ", 2) == 0 &&
           strcmp(field->example + length + 2, field->server_default) == 0;
}

static void write_example(const struct field *field, struct text *out)
{
    if (field->example == NULL || is_needless(field))
        return;
    text_append(out, ".Pp\n");
    roff_display(out, field->example);
}

static bool is_shown(const struct field *field, enum fields_shown shown)
{
    return (field->change == CHANGE_OBSERVED) == (shown == FIELDS_OBSERVED);
}

void fields_write(const struct field_table *table, enum fields_shown shown,
    const struct field_table *elsewhere, struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (!is_shown(field, shown) || (elsewhere != NULL && field->children == elsewhere))
            continue;
        text_append(out, ".It Ic ");
        roff_argument(out, field->name);
        text_append(out, "\n");
        roff_sentence(out, field->help);
        if (shown == FIELDS_DECLARED && field->type != FIELD_GROUP)
            write_facts(field, out);
        if (field->type != FIELD_GROUP || field->children->fields[0].type == FIELD_WORD)
            write_example(field, out);
        if (field->type == FIELD_GROUP || field->type == FIELD_GROUP_LIST)
            fields_write(field->children, shown, elsewhere, out);
    }
    text_append(out, ".El\n");
}
