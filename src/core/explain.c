// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/declaration_fields.h"
#include "core/explain.h"
#include "core/field_words.h"
#include "core/memory.h"
#include "core/suggest.h"
#include "core/text.h"

#define WIDTH      78
#define LABEL      "  %-12s"
#define LABEL_SIZE 14

// Appends words, broken into lines that begin in the given column.
static void append_wrapped(struct text *out, const char *words, size_t column)
{
    size_t at = column;
    bool first = true;
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        if (!first && at + 1 + length > WIDTH) {
            text_format(out, "\n%*s", (int)column, "");
            at = column;
        } else if (!first) {
            text_append_n(out, " ", 1);
            at++;
        }
        text_append_n(out, words, length);
        at += length;
        words += length + strspn(words + length, " ");
        first = false;
    }
    text_append_n(out, "\n", 1);
}

static void append_labelled(struct text *out, const char *label, const char *words)
{
    text_format(out, LABEL, label);
    append_wrapped(out, words, LABEL_SIZE);
}

static void append_type(const struct field *field, struct text *out)
{
    struct text type = {0};
    field_words_type(field, &type);
    append_labelled(out, "type", type.bytes);
    text_deinit(&type);
}

static void append_form(const struct field *field, struct text *out)
{
    const char *form = field_words_form(field);
    if (form == NULL)
        return;
    struct text words = {0};
    text_format(&words, "must be %s", form);
    append_labelled(out, "form", words.bytes);
    text_deinit(&words);
}

static void append_fields(const struct field_table *table, struct text *out)
{
    size_t widest = 0;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++)
        if (field->change != CHANGE_OBSERVED && strlen(field->name) > widest)
            widest = strlen(field->name);
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->change == CHANGE_OBSERVED)
            continue;
        text_format(out, "  %-*s  ", (int)widest, field->name);
        append_wrapped(out, field->help, widest + 4);
    }
}

static void append_example(const char *example, struct text *out)
{
    text_append(out, "\nExample:\n");
    while (*example != '\0') {
        size_t length = strcspn(example, "\n");
        text_format(out, "  %.*s\n", (int)length, example);
        example += length + (example[length] == '\n');
    }
}

static void write_field(const struct field *field, const char *path, struct text *out)
{
    text_format(out, "%s\n\n  ", path);
    append_wrapped(out, field->help, 2);
    text_append_n(out, "\n", 1);
    append_type(field, out);
    append_form(field, out);
    if (field->required)
        append_labelled(out, "required", "yes");
    if (field_words_source(field) != NULL)
        append_labelled(out, "only for", field_words_source(field));
    if (field->server_default != NULL)
        append_labelled(
            out, "default", field->server_default[0] == '\0' ? "empty" : field->server_default);
    append_labelled(out, "a change", field_words_change(field->change));
    if (field->json != NULL)
        append_labelled(out, "in the API", field->json);
    if (field->children != NULL) {
        text_append(out, "\nFields:\n");
        append_fields(field->children, out);
    }
    if (field->example != NULL)
        append_example(field->example, out);
}

static void write_overview(struct text *out)
{
    text_append(out, "A declaration says what one image shall be. Exactly one of source_image_id,\n"
                     "vm_id and block_device_mappings is what the image is made from.\n\n");
    append_fields(&declaration_table, out);
    text_append(out, "\n`imagectl explain FIELD` says more, of `lifecycle.on_remove` for example.\n"
                     "\nExample:\n"
                     "  name: web-base\n"
                     "  source_image_id: ami-51459d59\n"
                     "  source_region_name: cloudgouv-eu-west-1\n"
                     "  access: {is_public: false}\n"
                     "  tags: {Name: My Image}\n");
}

static void write_unknown(
    const struct field_table *table, const char *name, const char *above, struct text *out)
{
    if (table == NULL) {
        text_format(out, "%s has no fields\n", above);
        return;
    }
    struct text meant = {0};
    const struct field *nearest = suggest_field(name, table);
    if (suggest_path(name, table, &meant) != 0 && nearest != NULL)
        text_append(&meant, nearest->name);
    text_format(out, "no field %s%s%s", above, above[0] == '\0' ? "" : ".", name);
    if (meant.length > 0)
        text_format(out, "; did you mean %s%s%s?", above, above[0] == '\0' ? "" : ".", meant.bytes);
    text_append_n(out, "\n", 1);
    text_deinit(&meant);
}

int explain_write(const char *path, struct text *out)
{
    const struct field_table *table = &declaration_table;
    const struct field *field = NULL;
    struct text walked = {0};
    int result = 0;
    if (path == NULL || *path == '\0') {
        write_overview(out);
        return 0;
    }
    while (result == 0 && *path != '\0') {
        size_t length = strcspn(path, ".[");
        char *name = memory_text_n(path, length);
        field = table == NULL ? NULL : field_table_find(table, name);
        if (field == NULL) {
            write_unknown(table, name, text_string(&walked), out);
            result = -1;
        } else {
            text_format(&walked, "%s%s", walked.length > 0 ? "." : "", name);
            table = field->children;
        }
        free(name);
        path += length;
        if (*path == '[') // an item of a list is as all the others
            path += strcspn(path, "]") + (strchr(path, ']') != NULL);
        path += *path == '.';
    }
    if (result == 0)
        write_field(field, walked.bytes, out);
    text_deinit(&walked);
    return result;
}
