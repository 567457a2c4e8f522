// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/document.h"
#include "core/document_error.h"
#include "core/document_input.h"
#include "core/document_tree.h"
#include "core/memory.h"
#include "core/quote.h"

#define HOPELESS_DEPTH (4 * DOCUMENT_LIMIT_DEPTH)

struct document_reader {
    const char *bytes;
    size_t length;
    bool started;
    bool finished;
    yaml_parser_t parser;
    struct arena arena;
    struct tree tree;
};

bool node_absent(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->plain && node->length == 0;
}

const struct entry *node_entry(const struct node *node, const char *key)
{
    if (node->kind != NODE_MAPPING)
        return NULL;
    const struct entry *entry = node->entries;
    while (entry != NULL && strcmp(entry->key->text, key) != 0)
        entry = entry->next;
    return entry;
}

const struct node *node_find(const struct node *node, const char *key)
{
    const struct entry *entry = node_entry(node, key);
    return entry == NULL || node_absent(entry->value) ? NULL : entry->value;
}

char *node_describe(const struct node *node)
{
    switch (node->kind) {
    case NODE_SEQUENCE:
        return memory_text("a list");
    case NODE_MAPPING:
        return memory_text("a mapping");
    case NODE_SCALAR:
        break;
    }
    return node_absent(node) ? memory_text("nothing") : quote_text(node->text);
}

struct document_reader *document_reader_new(const char *bytes, size_t length)
{
    struct document_reader *reader = memory_new(1, sizeof(*reader));
    reader->bytes = bytes;
    reader->length = length;
    return reader;
}

void document_reader_free(struct document_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->started)
        yaml_parser_delete(&reader->parser);
    tree_deinit(&reader->tree);
    arena_deinit(&reader->arena);
    free(reader);
}

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){.line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

// Only tags that say what the scalar is anyway are harmless; the others ask for an application's
// types.
static void check_tag(
    struct tree *tree, const yaml_char_t *tag, const char *const *allowed, yaml_mark_t mark)
{
    if (tag == NULL)
        return;
    for (; *allowed != NULL; allowed++)
        if (strcmp((const char *)tag, *allowed) == 0)
            return;
    char *quoted = quote_text((const char *)tag);
    char *message = memory_format(
        "the tag %s is not supported; write the value without one (in quotes, if it is a text)",
        quoted);
    tree_refuse(tree, NULL, place_of(mark), message);
    free(message);
    free(quoted);
}

static void add_scalar(struct tree *tree, const yaml_event_t *event)
{
    static const char *const allowed[] = {YAML_STR_TAG, YAML_INT_TAG, YAML_BOOL_TAG, "!", NULL};
    const yaml_char_t *tag = event->data.scalar.tag;
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    check_tag(tree, tag, allowed, event->start_mark);
    if (memchr(text, '\0', length) != NULL) {
        tree_refuse(tree, NULL, place_of(event->start_mark), "the text contains a NUL character");
        length = strlen(text);
    }
    tree_add(tree, &(struct tree_part){
                       .kind = NODE_SCALAR,
                       .place = place_of(event->start_mark),
                       .anchor = (const char *)event->data.scalar.anchor,
                       .text = text,
                       .length = length,
                       .plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag == NULL,
                   });
}

static void add_sequence(struct tree *tree, const yaml_event_t *event)
{
    static const char *const allowed[] = {YAML_SEQ_TAG, "!", NULL};
    check_tag(tree, event->data.sequence_start.tag, allowed, event->start_mark);
    tree_add(tree, &(struct tree_part){
                       .kind = NODE_SEQUENCE,
                       .place = place_of(event->start_mark),
                       .anchor = (const char *)event->data.sequence_start.anchor,
                   });
}

static void add_mapping(struct tree *tree, const yaml_event_t *event)
{
    static const char *const allowed[] = {YAML_MAP_TAG, "!", NULL};
    check_tag(tree, event->data.mapping_start.tag, allowed, event->start_mark);
    tree_add(tree, &(struct tree_part){
                       .kind = NODE_MAPPING,
                       .place = place_of(event->start_mark),
                       .anchor = (const char *)event->data.mapping_start.anchor,
                   });
}

static void feed(struct tree *tree, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        add_scalar(tree, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        add_sequence(tree, event);
        break;
    case YAML_MAPPING_START_EVENT:
        add_mapping(tree, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        tree_end(tree);
        break;
    case YAML_ALIAS_EVENT:
        tree_add_alias(tree, (const char *)event->data.alias.anchor, place_of(event->start_mark));
        break;
    default:
        break;
    }
}

static int start(struct document_reader *reader, struct problem_list *problems)
{
    reader->started = true;
    if (yaml_parser_initialize(&reader->parser) == 0)
        memory_exhausted(sizeof(reader->parser));
    if (document_input_check(reader->bytes, reader->length, problems) != 0)
        return -1;
    size_t mark = document_input_mark(reader->bytes, reader->length);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &reader->parser, (const unsigned char *)reader->bytes + mark, reader->length - mark);
    return 0;
}

static int nesting_of(yaml_event_type_t type)
{
    bool begins = type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
    bool ends = type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
    return begins - ends;
}

// Reads to the end of one document, or of the text. What is nested far too deeply (the tree has
// told that by then) ends it all: libyaml's time grows with the square of the depth.
static enum document_status read_one(struct document_reader *reader, struct problem_list *problems)
{
    int depth = 0;
    while (depth <= HOPELESS_DEPTH) {
        yaml_event_t event;
        if (yaml_parser_parse(&reader->parser, &event) == 0) {
            document_error_add(&reader->parser, reader->bytes, reader->length, problems);
            return DOCUMENT_BROKEN;
        }
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT)
            tree_begin(&reader->tree, &reader->arena, problems);
        else
            feed(&reader->tree, &event);
        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            return DOCUMENT_END;
        if (type == YAML_DOCUMENT_END_EVENT)
            return DOCUMENT_READ;
        depth += nesting_of(type);
    }
    return DOCUMENT_BROKEN;
}

enum document_status document_reader_next(
    struct document_reader *reader, const struct node **root, struct problem_list *problems)
{
    enum document_status status = DOCUMENT_READ;
    if (reader->finished)
        return DOCUMENT_END;
    if (!reader->started && start(reader, problems) != 0)
        status = DOCUMENT_BROKEN;
    while (status == DOCUMENT_READ) {
        arena_clear(&reader->arena);
        status = read_one(reader, problems);
        const struct tree_node *found = reader->tree.root;
        if (status == DOCUMENT_READ && found != NULL && !node_absent(&found->node)) {
            *root = &found->node;
            return reader->tree.stopped ? DOCUMENT_CUT : DOCUMENT_READ;
        }
    }
    reader->finished = true;
    return status;
}
