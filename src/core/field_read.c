// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/field_read.h"
#include "core/field_reading.h"
#include "core/memory.h"
#include "core/suggest.h"

// Of so many unknown keys in a mapping it is looked whether they mean something else.
#define UNKNOWN_LIMIT 50

size_t reading_enter(struct reading *reading, const char *name)
{
    size_t length = reading->path.length;
    if (length > 0)
        text_append_n(&reading->path, ".", 1);
    text_append(&reading->path, name);
    return length;
}

size_t reading_enter_item(struct reading *reading, size_t index)
{
    size_t length = reading->path.length;
    text_format(&reading->path, "[%zu]", index);
    return length;
}

void reading_leave(struct reading *reading, size_t length)
{
    text_truncate(&reading->path, length);
}

void reading_report(
    struct reading *reading, enum severity severity, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_format_list(format, arguments);
    va_end(arguments);
    problem_add(reading->problems, severity, place, text_string(&reading->path), "%s", message);
    free(message);
}

void reading_refuse(struct reading *reading, const struct node *node, const char *allowed)
{
    char *found = node_describe(node);
    reading_report(reading, SEVERITY_ERROR, node->place, "found %s; must be %s", found, allowed);
    free(found);
}

static void list_known(const struct field_table *table, struct text *out)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++)
        if (field->change != CHANGE_OBSERVED && field->type != FIELD_WORD)
            text_format(out, "%s%s", out->length > 0 ? ", " : "", field->name);
}

// The API's own name first, then the same name in another group, then the nearest.
static void report_unknown(
    struct reading *reading, const struct field_table *table, const struct node *key)
{
    struct text meant = {0};
    // Of a file that is something else altogether, the first hundreds are enough.
    const struct field *nearest = problem_list_is_full(reading->problems)
                                      ? NULL
                                      : suggest_field(key->text, table);
    bool exact = nearest != NULL && nearest->json != NULL && strcmp(nearest->json, key->text) == 0;
    if (!exact && suggest_path(key->text, table, &meant) != 0 && nearest != NULL)
        text_append(&meant, nearest->name);
    else if (exact)
        text_append(&meant, nearest->name);
    size_t length = reading_enter(reading, key->text);
    if (meant.length > 0) {
        reading_report(
            reading, SEVERITY_ERROR, key->place, "unknown field; did you mean %s?", meant.bytes);
    } else {
        list_known(table, &meant);
        reading_report(reading, SEVERITY_ERROR, key->place, "unknown field; known here are %s",
            text_string(&meant));
    }
    reading_leave(reading, length);
    text_deinit(&meant);
}

bool field_is_misspelt(
    const struct field_table *table, const struct node *mapping, const char *name)
{
    size_t unknown = 0;
    for (const struct entry *entry = mapping->entries; entry != NULL; entry = entry->next) {
        if (field_table_find(table, entry->key->text) != NULL)
            continue;
        if (++unknown > UNKNOWN_LIMIT)
            return false;
        const struct field *meant = suggest_field(entry->key->text, table);
        if (meant != NULL && strcmp(meant->name, name) == 0)
            return true;
    }
    return false;
}

static const struct field *find_word(const struct field_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->fields[i].type == FIELD_WORD &&
            (name == NULL || strcmp(table->fields[i].name, name) == 0))
            return &table->fields[i];
    return NULL;
}

static void read_group(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind == NODE_MAPPING) {
        *(bool *)member = true;
        reading_read_table(reading, field->children, node, member);
        return;
    }
    const struct field *word = node->kind == NODE_SCALAR ? find_word(field->children, node->text)
                                                         : NULL;
    if (word != NULL) {
        *(bool *)member = true;
        *(bool *)field_member(word, member) = true;
        return;
    }
    word = find_word(field->children, NULL);
    char *allowed = word == NULL ? memory_text("a mapping")
                                 : memory_format("a mapping, or the word %s", word->name);
    reading_refuse(reading, node, allowed);
    free(allowed);
}

static void read_selector(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind == NODE_MAPPING) {
        read_group(reading, field, node, member);
    } else if (node->kind == NODE_SEQUENCE) {
        reading_refuse(reading, node, "a single id, or a mapping that finds one");
    } else if (reading_accept_text(reading, field, node)) {
        struct selector *selector = member;
        selector->present = true;
        selector->id = memory_text_n(node->text, node->length);
    }
}

static void read_group_list(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind != NODE_SEQUENCE) {
        reading_refuse(reading, node, "a list of mappings, each begun with `- `");
        return;
    }
    if (!reading_accept_count(reading, field, node, "items"))
        return;
    size_t size = field->children->size;
    char *items = memory_new(node->count, size);
    size_t index = 0;
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next, index++) {
        size_t length = reading_enter_item(reading, index);
        reading_read_table(reading, field->children, entry->value, items + index * size);
        reading_leave(reading, length);
    }
    field_list_store(member, (struct list){.items = items, .count = node->count, .present = true});
}

static void read_member(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    static void (*const readers[])(
        struct reading *, const struct field *, const struct node *, void *) = {
        [FIELD_TEXT] = reading_read_text,
        [FIELD_CHOICE] = reading_read_choice,
        [FIELD_BOOLEAN] = reading_read_boolean,
        [FIELD_INTEGER] = reading_read_integer,
        [FIELD_DURATION] = reading_read_duration,
        [FIELD_TEXT_LIST] = reading_read_text_list,
        [FIELD_TAGS] = reading_read_tags,
        [FIELD_SELECTOR] = read_selector,
        [FIELD_GROUP] = read_group,
        [FIELD_GROUP_LIST] = read_group_list,
        [FIELD_WORD] = NULL, // read_entry() refuses it
    };
    readers[field->type](reading, field, node, member);
}

static void read_entry(struct reading *reading, const struct field_table *table,
    const struct entry *entry, void *object)
{
    const struct field *field = field_table_find(table, entry->key->text);
    if (field == NULL) {
        report_unknown(reading, table, entry->key);
        return;
    }
    size_t length = reading_enter(reading, field->name);
    if (field->change == CHANGE_OBSERVED)
        reading_report(reading, SEVERITY_ERROR, entry->key->place,
            "only the cloud says this; it cannot be declared");
    else if (field->type == FIELD_WORD)
        reading_report(reading, SEVERITY_ERROR, entry->key->place,
            "stands in place of the mapping, not in it; write: %s", field->example);
    else if (!node_absent(entry->value))
        read_member(reading, field, entry->value, field_member(field, object));
    reading_leave(reading, length);
}

static void check_required(
    struct reading *reading, const struct field_table *table, const struct node *mapping)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (!field->required || node_find(mapping, field->name) != NULL ||
            field_is_misspelt(table, mapping, field->name))
            continue;
        size_t length = reading_enter(reading, field->name);
        reading_report(reading, SEVERITY_ERROR, mapping->place, "required, and not given%s%s",
            field->example == NULL ? "" : "; for example: ",
            field->example == NULL ? "" : field->example);
        reading_leave(reading, length);
    }
}

void reading_read_table(struct reading *reading, const struct field_table *table,
    const struct node *mapping, void *object)
{
    if (mapping->kind != NODE_MAPPING) {
        reading_refuse(reading, mapping, "a mapping of fields, each `key: value`");
        return;
    }
    for (const struct entry *entry = mapping->entries; entry != NULL; entry = entry->next)
        read_entry(reading, table, entry, object);
    check_required(reading, table, mapping);
    for (; table != NULL; table = table->base)
        if (table->check != NULL)
            table->check(object, mapping, text_string(&reading->path), reading->problems);
}

void field_table_read(const struct field_table *table, const struct node *mapping, const char *path,
    void *object, struct problem_list *problems)
{
    struct reading reading = {.problems = problems};
    text_append(&reading.path, path);
    reading_read_table(&reading, table, mapping, object);
    text_deinit(&reading.path);
}
