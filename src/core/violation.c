// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/text.h"
#include "core/violation.h"

static const struct field *find_json(
    const struct field_table *table, const char *name, size_t length)
{
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        const char *json = table->fields[i].json;
        if (json != NULL && strlen(json) == length && strncmp(json, name, length) == 0)
            return &table->fields[i];
    }
    return NULL;
}

static bool is_number(const char *text, size_t length)
{
    return length > 0 && strspn(text, "0123456789") >= length;
}

char *violation_path(const struct field_table *table, const char *api_path)
{
    struct text path = {0};
    for (const char *rest = api_path; *rest != '\0';) {
        size_t length = strcspn(rest, ".[]");
        const struct field *field = find_json(table, rest, length);
        if (is_number(rest, length)) {
            text_format(&path, "[%.*s]", (int)length, rest);
        } else if (length > 0) {
            text_append(&path, path.length == 0 ? "" : ".");
            text_append_n(&path, field == NULL ? rest : field->name,
                field == NULL ? length : strlen(field->name));
            table = field == NULL ? NULL : field->children;
        }
        rest += length;
        rest += strspn(rest, ".[]");
    }
    return text_steal(&path);
}
