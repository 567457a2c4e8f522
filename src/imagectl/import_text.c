// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/error.h"
#include "core/image_fields.h"
#include "core/memory.h"
#include "core/ownership.h"
#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/image_row.h"
#include "imagectl/import_text.h"
#include "imagectl/yaml_text.h"

#define COMMENT_COLUMNS 98

static const char *words(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *words_or(const json_t *object, const char *key, const char *otherwise)
{
    return words(object, key) == NULL ? otherwise : words(object, key);
}

// ---- The declaration

// Whether the cloud only tells the field, or the value is what an absent one means.
static bool is_left_out(const char *key, const json_t *value)
{
    const struct field *field = field_table_find(&image_table, key);
    if (field == NULL || field->change == CHANGE_OBSERVED || field->change == CHANGE_LOCAL ||
        json_is_null(value))
        return true;
    if (json_is_string(value) && field->server_default != NULL && *field->server_default == '\0')
        return *json_string_value(value) == '\0';
    return (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

// The image's own tags: those by which imaged knows its images are imaged's to set.
static json_t *plain_tags(const json_t *tags)
{
    json_t *plain = json_object();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)tags, key, value) {
        if (strncmp(key, OWNERSHIP_PREFIX, strlen(OWNERSHIP_PREFIX)) != 0)
            json_object_set(plain, key, value);
    }
    return plain;
}

static json_t *declare(const json_t *live)
{
    json_t *declaration = json_object();
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)live, key, value) {
        json_t *own = strcmp(key, "tags") == 0 ? plain_tags(value) : json_incref(value);
        if (!is_left_out(key, own))
            json_object_set(declaration, key, own);
        json_decref(own);
    }
    json_object_set_new(declaration, "lifecycle", json_pack("{s:s}", "adopt", "if_equal"));
    return declaration;
}

// Whether the daemon would read it as a declaration.
static int check(const json_t *declaration, const char *id, struct error *error)
{
    int result = 0;
    struct text yaml = {0};
    yaml_text_write(declaration, 0, &yaml);
    struct declaration_file *file = declaration_file_read(id, yaml.bytes, yaml.length);
    const struct problem_list *problems = file->count > 0 && file->problems.count == 0
                                              ? &file->documents[0].problems
                                              : &file->problems;
    for (size_t i = 0; i < problems->count && result == 0; i++)
        if (problems->items[i].severity == SEVERITY_ERROR)
            result = error_set(error, ERROR_INVALID,
                "%s cannot be declared as it is: %s%s%s; what is declared of it would have to "
                "differ, so copy it (source_image_id: %s) rather than adopt it",
                id, problems->items[i].path, *problems->items[i].path == '\0' ? "" : ": ",
                problems->items[i].message, id);
    declaration_file_free(file);
    text_deinit(&yaml);
    return result;
}

json_t *import_declaration(const struct import *import, struct error *error)
{
    const char *id = words_or(import->live, "id", "the image");
    if (json_array_size(json_object_get(import->live, "block_device_mappings")) == 0) {
        error_set(error, ERROR_INVALID,
            "the cloud shows no volumes of %s, so there is nothing that a declaration could say it "
            "is made from; copy it (source_image_id: %s) rather than adopt it",
            id, id);
        return NULL;
    }
    json_t *declaration = declare(import->live);
    if (check(declaration, id, error) == 0)
        return declaration;
    json_decref(declaration);
    return NULL;
}

// ---- What to know

static void warn(json_t *warnings, char *text)
{
    struct text clean = {0};
    display_clean(&clean, text);
    json_array_append_new(warnings, json_string(clean.bytes));
    text_deinit(&clean);
    free(text);
}

static void warn_of_owner(const struct import *import, json_t *warnings)
{
    const json_t *tags = json_object_get(import->live, "tags");
    const char *owner = words(tags, OWNERSHIP_OWNER_KEY);
    const char *name = words_or(tags, OWNERSHIP_NAME_KEY, "");
    if (owner == NULL)
        return;
    if (import->installation != NULL && strcmp(owner, import->installation) == 0)
        warn(warnings,
            memory_format("this installation (%s) made or adopted the image for the declaration "
                          "%s, by which it is taken back without an import",
                owner, name));
    else
        warn(warnings,
            memory_format("another owner's tag is on the image: %s=%s (for %s); imaged leaves it "
                          "alone as long as that tag is there",
                OWNERSHIP_OWNER_KEY, owner, name));
}

static void warn_of_rows(const struct import *import, const json_t *declaration, json_t *warnings)
{
    const char *id = words_or(import->live, "id", "");
    const char *name = words_or(declaration, "name", "");
    for (size_t i = 0; i < import->rows->count; i++) {
        const struct image_row *row = &import->rows->items[i];
        if (row->image_id != NULL && strcmp(row->image_id, id) == 0)
            warn(warnings, memory_format("imaged looks after the image already, as %s (%s)",
                               row->name, row->file == NULL ? "not declared now" : row->file));
        else if (strcmp(row->name, name) == 0)
            warn(
                warnings, memory_format("the name %s is taken by another image's declaration (%s): "
                                        "two of one name are an error",
                              row->name, row->file == NULL ? "not declared now" : row->file));
    }
}

static void warn_of_state(const struct import *import, json_t *warnings)
{
    const char *state = words_or(import->live, "state", "unknown");
    const json_t *access = json_object_get(import->live, "access");
    if (strcmp(state, "available") != 0)
        warn(warnings, memory_format("the image is %s, not available", state));
    if (json_is_true(json_object_get(access, "is_public")))
        warn(warnings, memory_text("the image is public, and the API does not tell whose it is: if "
                                   "it is not this account's, the adoption ends at the tags, "
                                   "which are refused; copy it then (source_image_id)"));
}

json_t *import_warnings(const struct import *import, const json_t *declaration)
{
    json_t *warnings = json_array();
    warn_of_owner(import, warnings);
    warn_of_rows(import, declaration, warnings);
    warn_of_state(import, warnings);
    return warnings;
}

// ---- The file

static void write_comment(const char *text, struct text *out)
{
    struct text wrapped = {0};
    struct text clean = {0};
    display_clean(&clean, text);
    display_wrap(&wrapped, clean.bytes, 0, COMMENT_COLUMNS);
    const char *line = text_string(&wrapped);
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        text_append(out, "# ");
        text_append_n(out, line, length);
        text_append(out, "\n");
        line += length + (line[length] == '\n');
    }
    text_deinit(&clean);
    text_deinit(&wrapped);
}

static void write_comments(const struct import *import, const json_t *warnings, struct text *out)
{
    struct text line = {0};
    text_format(&line, "%s, made %s.", words_or(import->live, "id", "an image"),
        words_or(import->live, "creation_date", "at a time that the cloud does not tell"));
    write_comment(line.bytes, out);
    text_deinit(&line);
    text_append(out, "#\n");
    write_comment(
        "Dropped into the directory of declarations, this adopts the image while it is as said "
        "here: imaged sets its ownership tags and writes nothing else. From then on the image "
        "follows the file. Should it have to be made again, it is registered from its snapshots; "
        "when the file goes, so does the image, unless lifecycle says `on_remove: keep`.",
        out);
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        char *text = memory_format("WARNING: %s.", json_string_value(json_array_get(warnings, i)));
        text_append(out, "#\n");
        write_comment(text, out);
        free(text);
    }
}

void import_write(const struct import *import, const json_t *declaration, const json_t *warnings,
    struct text *out)
{
    write_comments(import, warnings, out);
    yaml_text_write(declaration, 0, out);
}
