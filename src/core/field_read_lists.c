// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reads the fields whose value is a list of texts, or tags.
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/field_reading.h"
#include "core/memory.h"
#include "core/suggest.h"
#include "core/utf8.h"

#define TAG_KEY_CHARACTERS   128
#define TAG_VALUE_CHARACTERS 255

bool reading_accept_count(
    struct reading *reading, const struct field *field, const struct node *node, const char *what)
{
    bool few_enough = field->maximum == 0 || node->count <= (size_t)field->maximum;
    if (few_enough && node->count >= (size_t)field->minimum)
        return true;
    reading_report(reading, SEVERITY_ERROR, node->place, "has %zu %s; must have at %s %" PRId64,
        node->count, what, few_enough ? "least" : "most",
        few_enough ? field->minimum : field->maximum);
    return false;
}

void reading_read_text_list(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind != NODE_SEQUENCE) {
        reading_refuse(reading, node, "a list, as [one, two]");
        return;
    }
    if (!reading_accept_count(reading, field, node, "items"))
        return;
    struct text_list list = {.present = true};
    if (node->count > 0)
        list.items = memory_new(node->count, sizeof(char *));
    size_t index = 0;
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next, index++) {
        const struct node *item = entry->value;
        size_t length = reading_enter_item(reading, index);
        if (item->kind != NODE_SCALAR || node_absent(item))
            reading_refuse(reading, item, "a single text");
        else if (field->check == NULL || field->check(item->text) == NULL)
            list.items[list.count++] = memory_text_n(item->text, item->length);
        else
            reading_refuse(reading, item, field->check(item->text));
        reading_leave(reading, length);
    }
    *(struct text_list *)member = list;
}

// A control character, or one that breaks the line: nothing that a tag may hold.
static bool is_printable(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        uint32_t character = 0;
        size_t size = utf8_decode(text, left, &character);
        if (size == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0) ||
            character == 0x2028 || character == 0x2029)
            return false;
        text += size;
        left -= size;
    }
    return true;
}

// Where the two halves of a tag stand.
struct tag_nodes {
    const struct node *key;
    const struct node *value;
};

static bool accept_tag_key(
    struct reading *reading, const struct field *field, const struct node *key)
{
    const char *allowed = field->check == NULL ? NULL : field->check(key->text);
    size_t characters = utf8_count(key->text);
    if (characters < 1 || characters > TAG_KEY_CHARACTERS)
        allowed = "1 to 128 characters long";
    else if (!is_printable(key->text))
        allowed = "of printable characters";
    if (allowed != NULL)
        reading_refuse(reading, key, allowed);
    return allowed == NULL;
}

static bool accept_tag_value(struct reading *reading, const struct node *value)
{
    const char *allowed = NULL;
    if (value->kind != NODE_SCALAR)
        allowed = "a single text";
    else if (node_absent(value))
        allowed = "a text; write \"\" for an empty one";
    else if (utf8_count(value->text) > TAG_VALUE_CHARACTERS)
        allowed = "at most 255 characters long";
    else if (!is_printable(value->text))
        allowed = "of printable characters";
    if (allowed != NULL)
        reading_refuse(reading, value, allowed);
    return allowed == NULL;
}

static void add_tag(struct reading *reading, const struct field *field, struct tag_nodes nodes,
    struct tag_list *tags)
{
    bool good = accept_tag_key(reading, field, nodes.key);
    if (!accept_tag_value(reading, nodes.value) || !good)
        return;
    tags->items[tags->count++] = (struct tag){
        .key = memory_text_n(nodes.key->text, nodes.key->length),
        .value = memory_text_n(nodes.value->text, nodes.value->length),
    };
}

static void read_tag_mapping(struct reading *reading, const struct field *field,
    const struct node *node, struct tag_list *tags)
{
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next) {
        size_t length = reading_enter(reading, entry->key->text);
        add_tag(reading, field, (struct tag_nodes){entry->key, entry->value}, tags);
        reading_leave(reading, length);
    }
}

// The two halves of a tag written {key: …, value: …}; reports and returns false when it is
// something else.
static bool find_halves(struct reading *reading, const struct node *item, struct tag_nodes *nodes)
{
    static const char *const halves[] = {"key", "value", NULL};
    bool good = true;
    if (item->kind != NODE_MAPPING) {
        reading_refuse(reading, item, "a mapping {key: …, value: …}");
        return false;
    }
    for (const struct entry *entry = item->entries; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key->text, "key") == 0) {
            nodes->key = entry->value;
        } else if (strcmp(entry->key->text, "value") == 0) {
            nodes->value = entry->value;
        } else {
            const char *meant = suggest_word(entry->key->text, halves);
            size_t length = reading_enter(reading, entry->key->text);
            reading_report(reading, SEVERITY_ERROR, entry->key->place, "unknown field; %s%s%s",
                meant == NULL ? "known here are key, value" : "did you mean ",
                meant == NULL ? "" : meant, meant == NULL ? "" : "?");
            reading_leave(reading, length);
            good = false;
        }
    }
    if (good && (nodes->key == NULL || nodes->value == NULL)) {
        reading_report(reading, SEVERITY_ERROR, item->place, "the tag has no %s",
            nodes->key == NULL ? "key" : "value");
        good = false;
    }
    if (good && nodes->key->kind != NODE_SCALAR) {
        reading_refuse(reading, nodes->key, "a single text");
        good = false;
    }
    return good;
}

static bool is_duplicate(struct reading *reading, const struct tag_nodes *nodes, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (nodes[i].key == NULL || strcmp(nodes[i].key->text, nodes[index].key->text) != 0)
            continue;
        char *key = node_describe(nodes[index].key);
        reading_report(reading, SEVERITY_ERROR, nodes[index].key->place,
            "the key %s is given twice: here, and at line %u, column %u", key,
            nodes[i].key->place.line, nodes[i].key->place.column);
        free(key);
        return true;
    }
    return false;
}

static void read_tag_items(struct reading *reading, const struct field *field,
    const struct node *node, struct tag_list *tags)
{
    struct tag_nodes *nodes = memory_new(node->count, sizeof(*nodes));
    size_t index = 0;
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next, index++) {
        size_t length = reading_enter_item(reading, index);
        if (!find_halves(reading, entry->value, &nodes[index]))
            nodes[index].key = NULL;
        else if (!is_duplicate(reading, nodes, index))
            add_tag(reading, field, nodes[index], tags);
        reading_leave(reading, length);
    }
    free(nodes);
}

void reading_read_tags(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind == NODE_SCALAR) {
        reading_refuse(reading, node, "a mapping of tags, or a list of {key, value}");
        return;
    }
    if (!reading_accept_count(reading, field, node, "tags"))
        return;
    struct tag_list tags = {.present = true};
    if (node->count > 0)
        tags.items = memory_new(node->count, sizeof(struct tag));
    if (node->kind == NODE_MAPPING)
        read_tag_mapping(reading, field, node, &tags);
    else
        read_tag_items(reading, field, node, &tags);
    *(struct tag_list *)member = tags;
}
