// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "core/declaration_fields.h"
#include "core/text.h"
#include "imagectl/field_names.h"

#define DEPTH_LIMIT 8

static void write_table(const struct field_table *table, const char *above, int depth,
    const char *separator, struct text *out)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->change == CHANGE_OBSERVED)
            continue;
        struct text path = {0};
        text_format(&path, "%s%s%s", above, *above != '\0' ? "." : "", field->name);
        text_format(
            out, "%s%s", out->length > 0 && *separator != '\0' ? separator : "", path.bytes);
        if (field->children != NULL && depth < DEPTH_LIMIT)
            write_table(field->children, path.bytes, depth + 1, separator, out);
        text_deinit(&path);
    }
}

void field_names_write(const char *separator, struct text *out)
{
    struct text names = {0};
    write_table(&declaration_table, "", 0, separator, &names);
    text_append(out, text_string(&names));
    text_deinit(&names);
}
