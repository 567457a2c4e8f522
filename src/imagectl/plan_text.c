// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/canonical.h"
#include "core/image_fields.h"
#include "core/memory.h"
#include "core/text.h"
#include "imagectl/display.h"
#include "imagectl/plan_text.h"
#include "imagectl/terminal.h"
#include "imagectl/yaml_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SYMBOL_COLUMNS 3
#define INDENT         6
#define LARGEST_PATH   40 // a longer one is not lined up with

// What a change is called, and among which it is counted.
struct kind {
    const char *change;
    const char *symbol;
    const char *title;
    const char *counted; // "N to create"; a row's number is added to the first one of that word
    bool always;         // is counted even where there are none
    bool renews;         // differences that replace are what forces this
    enum paint paint;
};

static const struct kind kinds[] = {
    {"create", "+", "create", "to create", true, false, PAINT_GOOD},
    {"update", "~", "update in place", "to update", true, false, PAINT_BUSY},
    {"replace", "-/+", "replace (delete first)", "to replace", true, true, PAINT_BAD},
    {"succeed", "+/-", "replace (create first)", "to replace", true, true, PAINT_BUSY},
    {"delete", "-", "delete", "to delete", true, false, PAINT_BAD},
    {"retire", "-", "delete a replaced image of", "to delete", true, false, PAINT_BAD},
    {"adopt", "<=", "adopt", "to adopt", false, false, PAINT_GOOD},
    {"release", "=>", "release (it stays in the cloud)", "to release", false, false, PAINT_DIM},
    {"blocked", "x", "blocked", "blocked", false, false, PAINT_BAD},
};

// Of a daemon newer than this.
static const struct kind unknown = {NULL, "?", NULL, "of another kind", false, false, PAINT_BUSY};

static const char *words(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const struct kind *kind_of(const json_t *item)
{
    const char *change = words(item, "change");
    for (size_t i = 0; change != NULL && i < COUNT(kinds); i++)
        if (strcmp(kinds[i].change, change) == 0)
            return &kinds[i];
    return &unknown;
}

bool plan_text_is_change(const json_t *item)
{
    const char *change = words(item, "change");
    return change != NULL && strcmp(change, "none") != 0;
}

static bool needs_approval(const json_t *item)
{
    return json_is_true(json_object_get(item, "needs_approval"));
}

// What is told is not ours: it is cleaned before it meets a terminal.
static void write_painted(
    const struct terminal *terminal, enum paint paint, const char *words, struct text *out)
{
    text_append(out, paint_begin(paint, terminal->colour));
    display_clean(out, words);
    text_append(out, paint_end(paint, terminal->colour));
}

static void write_line(
    const struct terminal *terminal, enum paint paint, const char *words, struct text *out)
{
    struct text clean = {0};
    display_clean(&clean, words);
    display_pad(out, INDENT);
    text_append(out, paint_begin(paint, terminal->colour));
    display_wrap(out, clean.bytes, INDENT, terminal->columns);
    text_append(out, paint_end(paint, terminal->colour));
    text_append(out, "\n");
    text_deinit(&clean);
}

// ---- Values

// Whether the field at the path holds a text, which is shown in quotes.
static bool holds_text(const char *path)
{
    const struct field_table *table = &image_table;
    for (;;) {
        char name[64] = "";
        size_t length = strcspn(path, ".[");
        if (length < sizeof(name))
            memcpy(name, path, length);
        const struct field *field = field_table_find(table, name);
        if (field == NULL)
            return true;
        const char *rest = path + length;
        if (*rest == '[')
            rest = strchr(rest, ']') == NULL ? "" : strchr(rest, ']') + 1;
        if (*rest != '.' || field->children == NULL || field->type == FIELD_TAGS)
            return field->type != FIELD_BOOLEAN && field->type != FIELD_INTEGER;
        path = rest + 1;
        table = field->children;
    }
}

// A value as the API tells it: texts bare, all else as JSON.
static void write_value(const char *path, const char *value, struct text *out)
{
    struct text quoted = {0};
    bool composed = (*value == '{' || *value == '[') && strncmp(path, "tags.", 5) != 0;
    // "(the new image of web)"
    bool described = *value == '(' && strcmp(path, "source_image_id") == 0;
    if (composed || described || !holds_text(path))
        text_append(&quoted, value);
    else
        canonical_write_text(value, &quoted);
    display_clean(out, quoted.bytes);
    text_deinit(&quoted);
}

// ---- Differences

static bool replaces(const json_t *difference)
{
    const char *change = words(difference, "change");
    return change != NULL && strcmp(change, "replaces") == 0;
}

static size_t width_of(const json_t *difference)
{
    struct text clean = {0};
    display_clean(&clean, words(difference, "field") == NULL ? "" : words(difference, "field"));
    size_t width = display_width(clean.bytes);
    text_deinit(&clean);
    return width;
}

static size_t widest(const json_t *differences)
{
    size_t most = 0;
    for (size_t i = 0; i < json_array_size(differences); i++) {
        size_t width = width_of(json_array_get(differences, i));
        most = width > most && width <= LARGEST_PATH ? width : most;
    }
    return most;
}

struct mark {
    const char *symbol;
    enum paint paint;
    const char *remark;
};

static struct mark mark_of(const struct kind *kind, const json_t *difference)
{
    if (replaces(difference) && kind->renews)
        return (struct mark){kind->symbol, kind->paint, "forces replacement"};
    const char *remark = replaces(difference) ? "would need a new image" : NULL;
    if (words(difference, "from") == NULL)
        return (struct mark){"+", PAINT_GOOD, remark};
    if (words(difference, "to") == NULL)
        return (struct mark){"-", PAINT_BAD, remark};
    return (struct mark){"~", PAINT_BUSY, remark};
}

static void write_difference(const struct kind *kind, const json_t *difference, size_t width,
    const struct terminal *terminal, struct text *out)
{
    const char *path = words(difference, "field");
    const char *from = words(difference, "from");
    const char *to = words(difference, "to");
    struct mark mark = mark_of(kind, difference);
    if (path == NULL)
        return;
    display_pad(out, INDENT + SYMBOL_COLUMNS - strlen(mark.symbol));
    write_painted(terminal, mark.paint, mark.symbol, out);
    text_append(out, " ");
    display_clean(out, path);
    text_append(out, ":");
    size_t own = width_of(difference);
    display_pad(out, 1 + (own < width ? width - own : 0));
    if (from != NULL)
        write_value(path, from, out);
    if (from != NULL && to != NULL)
        text_append(out, " -> ");
    if (to != NULL)
        write_value(path, to, out);
    if (mark.remark != NULL)
        text_format(out, "  %s# %s%s", paint_begin(PAINT_DIM, terminal->colour), mark.remark,
            paint_end(PAINT_DIM, terminal->colour));
    text_append(out, "\n");
}

static void write_differences(
    const struct kind *kind, const json_t *item, const struct terminal *terminal, struct text *out)
{
    const json_t *differences = json_object_get(item, "differences");
    size_t width = widest(differences);
    for (size_t i = 0; i < json_array_size(differences); i++)
        write_difference(kind, json_array_get(differences, i), width, terminal, out);
}

// All that is declared, each line with a mark; the name stands above already.
static void write_declaration(
    const json_t *declaration, const struct terminal *terminal, struct text *out)
{
    struct text yaml = {0};
    json_t *copy = json_copy((json_t *)declaration);
    json_object_del(copy, "name");
    json_object_del(copy, "lifecycle");
    yaml_text_write(copy, 0, &yaml);
    json_decref(copy);
    const char *line = text_string(&yaml);
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        char *words = memory_text_n(line, length);
        display_pad(out, INDENT + SYMBOL_COLUMNS - 1);
        write_painted(terminal, PAINT_GOOD, "+", out);
        text_append(out, " ");
        display_clean(out, words);
        text_append(out, "\n");
        free(words);
        line += length + (line[length] == '\n');
    }
    text_deinit(&yaml);
}

// ---- An image

static void write_head(
    const struct kind *kind, const json_t *item, const struct terminal *terminal, struct text *out)
{
    const char *title = kind->title != NULL ? kind->title : words(item, "change");
    struct text head = {0};
    text_format(&head, "%s %s", title == NULL ? "" : title,
        words(item, "name") == NULL ? "" : words(item, "name"));
    if (words(item, "image_id") != NULL)
        text_format(&head, " (%s)", words(item, "image_id"));
    display_pad(out, SYMBOL_COLUMNS - strlen(kind->symbol));
    write_painted(terminal, kind->paint, kind->symbol, out);
    text_append(out, " ");
    write_painted(terminal, PAINT_BOLD, head.bytes, out);
    text_append(out, "\n");
    text_deinit(&head);
}

static void write_place(const json_t *item, const struct terminal *terminal, struct text *out)
{
    const char *file = words(item, "file");
    const json_t *line = json_object_get(item, "line");
    struct text place = {0};
    if (file == NULL)
        return;
    text_append(&place, file);
    if (json_is_integer(line))
        text_format(&place, ":%" PRId64, (int64_t)json_integer_value(line));
    write_line(terminal, PAINT_DIM, place.bytes, out);
    text_deinit(&place);
}

void plan_text_item(const json_t *item, const struct terminal *terminal, struct text *out)
{
    const struct kind *kind = kind_of(item);
    write_head(kind, item, terminal, out);
    write_place(item, terminal, out);
    if (words(item, "why") != NULL)
        write_line(terminal, PAINT_NONE, words(item, "why"), out);
    if (needs_approval(item)) {
        struct text line = {0};
        text_format(&line, "awaits approval: imagectl approve %s", words(item, "name"));
        write_line(terminal, PAINT_BUSY, line.bytes, out);
        text_deinit(&line);
    }
    if (strcmp(kind->symbol, "+") == 0)
        write_declaration(json_object_get(item, "declaration"), terminal, out);
    else
        write_differences(kind, item, terminal, out);
}

// ---- All of them

static size_t count_kind(const json_t *items, const char *counted)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        count += plan_text_is_change(item) && strcmp(kind_of(item)->counted, counted) == 0;
    }
    return count;
}

static void write_counts(const json_t *items, struct text *out)
{
    size_t approvals = 0;
    const char *separator = "Plan: ";
    for (size_t i = 0; i <= COUNT(kinds); i++) {
        const struct kind *kind = i < COUNT(kinds) ? &kinds[i] : &unknown;
        bool told = i > 0 && strcmp(kind->counted, kinds[i - 1].counted) == 0;
        size_t count = count_kind(items, kind->counted);
        if (told || (count == 0 && !kind->always))
            continue;
        text_format(out, "%s%zu %s", separator, count, kind->counted);
        separator = ", ";
    }
    for (size_t i = 0; i < json_array_size(items); i++)
        approvals += needs_approval(json_array_get(items, i));
    if (approvals > 0)
        text_format(out, "; %zu need%s approval", approvals, approvals == 1 ? "s" : "");
    text_append(out, ".\n");
}

// Images that differ, or might, and that policy leaves so.
static void write_left(const json_t *items, const char *scope, struct text *out)
{
    size_t left = 0;
    const char *name = NULL;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        if (plan_text_is_change(item) || json_array_size(json_object_get(item, "differences")) == 0)
            continue;
        name = left++ == 0 ? words(item, "name") : name;
    }
    if (left == 0) {
        text_format(out, "The cloud equals the %s.\n", scope);
        return;
    }
    text_format(out, "%zu image%s from the declaration, which policy leaves so: `imagectl diff ",
        left, left == 1 ? " differs" : "s differ");
    display_clean(out, name == NULL ? "NAME" : name);
    text_append(out, "` shows it.\n");
}

void plan_text_all(
    const json_t *plan, const char *scope, const struct terminal *terminal, struct text *out)
{
    const json_t *items = json_object_get(plan, "items");
    size_t changes = 0;
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (!plan_text_is_change(json_array_get(items, i)))
            continue;
        plan_text_item(json_array_get(items, i), terminal, out);
        text_append(out, "\n");
        changes++;
    }
    if (changes > 0) {
        write_counts(items, out);
        return;
    }
    text_append(out, "No changes. ");
    write_left(items, scope, out);
}

// ---- One of them, against the live image

static void write_side(const json_t *difference, const char *key, const char *mark,
    const struct terminal *terminal, struct text *out)
{
    const char *path = words(difference, "field");
    const char *value = words(difference, key);
    enum paint paint = *mark == '-' ? PAINT_BAD : PAINT_GOOD;
    if (path == NULL || value == NULL)
        return;
    text_format(out, "%s%s", paint_begin(paint, terminal->colour), mark);
    display_clean(out, path);
    text_append(out, ": ");
    write_value(path, value, out);
    text_format(out, "%s\n", paint_end(paint, terminal->colour));
}

void plan_text_diff(const json_t *item, const struct terminal *terminal, struct text *out)
{
    const json_t *differences = json_object_get(item, "differences");
    const json_t *line = json_object_get(item, "line");
    struct text head = {0};
    if (json_array_size(differences) == 0)
        return;
    text_format(&head, "--- %s in the cloud",
        words(item, "image_id") == NULL ? "the image" : words(item, "image_id"));
    write_painted(terminal, PAINT_BOLD, head.bytes, out);
    text_clear(&head);
    text_format(
        &head, "+++ %s", words(item, "file") == NULL ? "the declaration" : words(item, "file"));
    if (json_is_integer(line))
        text_format(&head, ":%" PRId64, (int64_t)json_integer_value(line));
    text_append(out, "\n");
    write_painted(terminal, PAINT_BOLD, head.bytes, out);
    text_append(out, "\n");
    text_deinit(&head);
    for (size_t i = 0; i < json_array_size(differences); i++) {
        write_side(json_array_get(differences, i), "from", "-", terminal, out);
        write_side(json_array_get(differences, i), "to", "+", terminal, out);
    }
}
