// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "core/memory.h"
#include "fuzz/fuzz.h"
#include "fuzz/yaml_mutator.h"

#define ROUNDS       4
#define WORDS_LIMIT  512
#define SCALAR_LIMIT 256

// What has broken readers of YAML, or means something here.
static const char *const odd_words[] = {
    "",
    "~",
    "null",
    "no",
    "true",
    "\"true\"",
    "0123",
    "0x1f",
    "1e3",
    "12:30",
    ".inf",
    "-1",
    "99999999999999999999",
    "9223372036854775807",
    "10s",
    "1000000d",
    "{digest}",
    "a{digest}b",
    "Debian-12-*",
    "[",
    "ami-0b7df82c",
    "i-b121616e",
    "snap-5ee113a6",
    "inherit",
    "<<",
    "\xc3\xa9",
    "\xef\xbb\xbf",
    "x84_64",
    "/dev/sda1",
    "2026-11-25",
    "declared",
    "imaged.owner",
    "a b",
    "\xe2\x80\xa8",
    "!!binary",
    "*x",
};

#define ODD_COUNT (sizeof(odd_words) / sizeof(odd_words[0]))

struct words {
    const char *items[WORDS_LIMIT];
    size_t count;
};

struct mutation {
    yaml_document_t *document;
    const struct words *words;
    unsigned state;
};

// xorshift: what libFuzzer gave decides everything.
static unsigned draw(struct mutation *mutation, unsigned below)
{
    unsigned x = mutation->state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    mutation->state = x;
    return x % below;
}

static void add_word(struct words *words, const char *word)
{
    if (word != NULL && words->count < WORDS_LIMIT)
        words->items[words->count++] = word;
}

static void add_words(struct words *words, const struct field_table *table)
{
    const struct field *field;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        add_word(words, field->name);
        add_word(words, field->json);
        for (const char *const *choice = field->choices; choice != NULL && *choice; choice++)
            add_word(words, *choice);
        if (field->children != NULL && field->children != table)
            add_words(words, field->children);
    }
}

static const char *pick_word(struct mutation *mutation)
{
    return mutation->words->items[draw(mutation, (unsigned)mutation->words->count)];
}

static int node_count(const struct mutation *mutation)
{
    return (int)(mutation->document->nodes.top - mutation->document->nodes.start);
}

static int pick_node(struct mutation *mutation)
{
    return 1 + (int)draw(mutation, (unsigned)node_count(mutation));
}

static int add_scalar(struct mutation *mutation, const char *text, size_t length)
{
    static const yaml_scalar_style_t styles[] = {YAML_ANY_SCALAR_STYLE, YAML_ANY_SCALAR_STYLE,
        YAML_DOUBLE_QUOTED_SCALAR_STYLE, YAML_LITERAL_SCALAR_STYLE};
    return yaml_document_add_scalar(mutation->document, NULL, (const yaml_char_t *)text,
        (int)length, styles[draw(mutation, 4)]);
}

static int add_word_scalar(struct mutation *mutation)
{
    const char *word = pick_word(mutation);
    return add_scalar(mutation, word, strlen(word));
}

static int add_changed_scalar(struct mutation *mutation, const yaml_node_t *node)
{
    unsigned char bytes[SCALAR_LIMIT];
    size_t length = node->data.scalar.length < SCALAR_LIMIT ? node->data.scalar.length
                                                            : SCALAR_LIMIT - 1;
    memcpy(bytes, node->data.scalar.value, length);
    length = LLVMFuzzerMutate(bytes, length, SCALAR_LIMIT);
    return add_scalar(mutation, (const char *)bytes, length);
}

// A value for a place that holds `old`; 0: none could be made.
static int new_value(struct mutation *mutation, int old)
{
    const yaml_node_t *node = yaml_document_get_node(mutation->document, old);
    int made;
    switch (draw(mutation, 5)) {
    case 0:
        return pick_node(mutation); // becomes an alias
    case 1:
        if (node != NULL && node->type == YAML_SCALAR_NODE)
            return add_changed_scalar(mutation, node);
        return add_word_scalar(mutation);
    case 2:
        made = yaml_document_add_sequence(mutation->document, NULL, YAML_ANY_SEQUENCE_STYLE);
        if (made != 0 && !yaml_document_append_sequence_item(mutation->document, made, old))
            return 0;
        return made;
    case 3:
        made = yaml_document_add_mapping(mutation->document, NULL, YAML_ANY_MAPPING_STYLE);
        if (made == 0 || !yaml_document_append_mapping_pair(
                             mutation->document, made, add_word_scalar(mutation), old))
            return 0;
        return made;
    default:
        return add_word_scalar(mutation);
    }
}

static void change_mapping(struct mutation *mutation, int index)
{
    yaml_node_t *node = yaml_document_get_node(mutation->document, index);
    unsigned count = (unsigned)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    unsigned at = count == 0 ? 0 : draw(mutation, count);
    unsigned what = count == 0 ? 0 : draw(mutation, 5);
    if (what == 0) {
        int key = add_word_scalar(mutation);
        int value = draw(mutation, 2) ? add_word_scalar(mutation) : pick_node(mutation);
        if (key != 0 && value != 0)
            yaml_document_append_mapping_pair(mutation->document, index, key, value);
        return;
    }
    if (what == 1) {
        yaml_node_pair_t pair = node->data.mapping.pairs.start[at];
        yaml_document_append_mapping_pair(mutation->document, index, pair.key, pair.value);
        return;
    }
    if (what == 2) {
        node->data.mapping.pairs.start[at] = *--node->data.mapping.pairs.top;
        return;
    }
    yaml_node_pair_t pair = node->data.mapping.pairs.start[at];
    int made = what == 3 ? add_word_scalar(mutation) : new_value(mutation, pair.value);
    node = yaml_document_get_node(mutation->document, index); // nodes move as others are added
    if (made != 0 && what == 3)
        node->data.mapping.pairs.start[at].key = made;
    else if (made != 0)
        node->data.mapping.pairs.start[at].value = made;
}

static void change_sequence(struct mutation *mutation, int index)
{
    yaml_node_t *node = yaml_document_get_node(mutation->document, index);
    unsigned count = (unsigned)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count == 0 || draw(mutation, 3) == 0) {
        yaml_document_append_sequence_item(mutation->document, index, pick_node(mutation));
        return;
    }
    unsigned at = draw(mutation, count);
    if (draw(mutation, 3) == 0) {
        node->data.sequence.items.start[at] = *--node->data.sequence.items.top;
        return;
    }
    int made = new_value(mutation, node->data.sequence.items.start[at]);
    node = yaml_document_get_node(mutation->document, index);
    if (made != 0)
        node->data.sequence.items.start[at] = made;
}

// Some collection of the document; there may be none.
static void change(struct mutation *mutation)
{
    for (int tries = 0; tries < 8 && node_count(mutation) > 0; tries++) {
        int index = pick_node(mutation);
        const yaml_node_t *node = yaml_document_get_node(mutation->document, index);
        if (node->type == YAML_MAPPING_NODE) {
            change_mapping(mutation, index);
            return;
        }
        if (node->type == YAML_SEQUENCE_NODE) {
            change_sequence(mutation, index);
            return;
        }
    }
}

// Documents of the stream, one of them changed, go from the parser to the emitter. 0, or -1.
static int pass_documents(
    yaml_parser_t *parser, yaml_emitter_t *emitter, const struct words *words, unsigned seed)
{
    struct mutation mutation = {.words = words, .state = seed | 1};
    for (;;) {
        yaml_document_t document;
        if (!yaml_parser_load(parser, &document))
            return -1;
        if (yaml_document_get_root_node(&document) == NULL) {
            yaml_document_delete(&document);
            return 0;
        }
        mutation.document = &document;
        unsigned rounds = draw(&mutation, ROUNDS);
        for (unsigned i = 0; i <= rounds; i++)
            change(&mutation);
        if (!yaml_emitter_dump(emitter, &document)) // takes the document over
            return -1;
    }
}

size_t yaml_mutate(
    const struct field_table *table, unsigned char *bytes, size_t size, size_t limit, unsigned seed)
{
    struct words words = {0};
    add_words(&words, table);
    for (size_t i = 0; i < ODD_COUNT; i++)
        add_word(&words, odd_words[i]);

    unsigned char *out = memory_new(limit + 1, 1);
    size_t written = 0;
    yaml_parser_t parser;
    yaml_emitter_t emitter;
    if (!yaml_parser_initialize(&parser) || !yaml_emitter_initialize(&emitter))
        memory_exhausted(0);
    yaml_parser_set_input_string(&parser, bytes, size);
    yaml_emitter_set_output_string(&emitter, out, limit, &written);
    yaml_emitter_set_unicode(&emitter, 1);
    int result = yaml_emitter_open(&emitter) ? 0 : -1;
    if (result == 0)
        result = pass_documents(&parser, &emitter, &words, seed);
    if (result == 0 && yaml_emitter_close(&emitter) && yaml_emitter_flush(&emitter))
        memcpy(bytes, out, written);
    else
        written = 0;
    yaml_emitter_delete(&emitter);
    yaml_parser_delete(&parser);
    free(out);
    return written;
}
