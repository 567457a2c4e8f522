// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/document_mapping.h"
#include "core/document_tree.h"
#include "core/memory.h"
#include "core/text.h"

void tree_begin(struct tree *tree, struct arena *arena, struct problem_list *problems)
{
    tree->arena = arena;
    tree->problems = problems;
    tree->root = NULL;
    tree->depth = 0;
    tree->anchor_count = 0;
    tree->weight = 0;
    tree->expansions = 0;
    tree->stopped = false;
}

void tree_deinit(struct tree *tree)
{
    free(tree->anchors);
    *tree = (struct tree){0};
}

static char *path_of(const struct tree *tree, const struct node *key)
{
    struct text path = {0};
    for (unsigned i = 0; i < tree->depth; i++) {
        const struct tree_frame *frame = &tree->frames[i];
        if (frame->node->node.kind == NODE_SEQUENCE)
            text_format(&path, "[%zu]", frame->node->node.count);
        else if (frame->key != NULL && frame->key->node.kind == NODE_SCALAR)
            text_format(&path, "%s%s", path.length > 0 ? "." : "", frame->key->node.text);
    }
    if (key != NULL)
        text_format(&path, "%s%s", path.length > 0 ? "." : "", key->text);
    return text_steal(&path);
}

void tree_refuse(struct tree *tree, const struct node *key, struct place place, const char *message)
{
    char *path = path_of(tree, key);
    problem_add(tree->problems, SEVERITY_ERROR, place, path, "%s", message);
    free(path);
}

static void refuse_limit(
    struct tree *tree, struct place place, const char *what, unsigned long limit)
{
    char *message = memory_format("%s; the limit is %lu", what, limit);
    tree_refuse(tree, NULL, place, message);
    free(message);
    tree->stopped = true;
}

// Puts a node into the collection under way, as a key, a value or an item.
static void attach(struct tree *tree, struct tree_node *node)
{
    if (tree->depth == 0) {
        tree->root = node;
        return;
    }
    struct tree_frame *frame = &tree->frames[tree->depth - 1];
    bool mapping = frame->node->node.kind == NODE_MAPPING;
    if (mapping && frame->key == NULL) {
        frame->key = node;
        if (node->node.kind != NODE_SCALAR)
            tree_refuse(tree, NULL, node->node.place, "a key must be a single text");
        return;
    }
    struct entry *entry = arena_new(tree->arena, sizeof(*entry));
    *entry = (struct entry){.key = mapping ? &frame->key->node : NULL, .value = &node->node};
    frame->key = NULL;
    if (entry->key != NULL && entry->key->kind != NODE_SCALAR)
        return;
    if (frame->last == NULL)
        frame->node->node.entries = entry;
    else
        frame->last->next = entry;
    frame->last = entry;
    frame->node->node.count++;
}

// A finished child makes its parent heavier; so does one that stands for another.
static void weigh(struct tree *tree, const struct tree_node *child)
{
    if (tree->depth == 0)
        return;
    struct tree_node *parent = tree->frames[tree->depth - 1].node;
    parent->weight += child->weight;
    parent->expansions += child->expansions;
    if (parent->height <= child->height)
        parent->height = child->height + 1;
}

static void remember(struct tree *tree, const char *name, struct tree_node *node)
{
    if (tree->anchor_count == DOCUMENT_LIMIT_ANCHORS) {
        refuse_limit(tree, node->node.place, "too many anchors", DOCUMENT_LIMIT_ANCHORS);
        return;
    }
    tree->anchors = memory_grow(
        tree->anchors, tree->anchor_count, &tree->anchor_capacity, sizeof(struct tree_anchor));
    tree->anchors[tree->anchor_count++] = (struct tree_anchor){
        .name = arena_text(tree->arena, name, strlen(name)), .node = node};
}

static struct tree_node *make(struct tree *tree, const struct tree_part *part)
{
    struct tree_node *node = arena_new(tree->arena, sizeof(*node));
    *node = (struct tree_node){
        .node = {.kind = part->kind, .plain = part->plain, .place = part->place},
        .height = part->kind == NODE_SCALAR ? 0 : 1,
        .weight = 1,
        .open = part->kind != NODE_SCALAR,
    };
    if (part->kind == NODE_SCALAR) {
        node->node.text = arena_text(tree->arena, part->text, part->length);
        node->node.length = part->length;
    }
    return node;
}

void tree_add(struct tree *tree, const struct tree_part *part)
{
    if (tree->stopped)
        return;
    if (++tree->weight > DOCUMENT_LIMIT_NODES) {
        refuse_limit(tree, part->place, "the document has too many values", DOCUMENT_LIMIT_NODES);
        return;
    }
    if (part->kind != NODE_SCALAR && tree->depth == DOCUMENT_LIMIT_DEPTH) {
        refuse_limit(tree, part->place, "nested too deeply", DOCUMENT_LIMIT_DEPTH);
        return;
    }
    struct tree_node *node = make(tree, part);
    if (part->anchor != NULL)
        remember(tree, part->anchor, node);
    if (part->kind == NODE_SCALAR) {
        weigh(tree, node);
        attach(tree, node);
    } else {
        tree->frames[tree->depth++] = (struct tree_frame){.node = node};
        if (tree->depth == 1)
            tree->root = node;
    }
}

void tree_end(struct tree *tree)
{
    if (tree->stopped || tree->depth == 0)
        return;
    struct tree_node *node = tree->frames[tree->depth - 1].node;
    node->open = false;
    if (node->node.kind == NODE_MAPPING)
        document_mapping_finish(tree, node);
    tree->depth--;
    weigh(tree, node);
    attach(tree, node);
}

static struct tree_node *find_anchor(const struct tree *tree, const char *name)
{
    for (size_t i = tree->anchor_count; i > 0; i--)
        if (strcmp(tree->anchors[i - 1].name, name) == 0)
            return tree->anchors[i - 1].node;
    return NULL;
}

// What the alias costs is counted as if it were written out, so that the reader of the tree may
// walk it freely.
static bool affordable(struct tree *tree, const struct tree_node *target, struct place place)
{
    tree->weight += target->weight;
    tree->expansions += 1 + target->expansions;
    if (tree->expansions > DOCUMENT_LIMIT_EXPANSIONS)
        refuse_limit(
            tree, place, "too many aliases, counted as expanded", DOCUMENT_LIMIT_EXPANSIONS);
    else if (tree->weight > DOCUMENT_LIMIT_NODES)
        refuse_limit(tree, place, "the document has too many values, counted with aliases expanded",
            DOCUMENT_LIMIT_NODES);
    else if (tree->depth + target->height > DOCUMENT_LIMIT_DEPTH)
        refuse_limit(tree, place, "nested too deeply by an alias", DOCUMENT_LIMIT_DEPTH);
    return !tree->stopped;
}

// Keeps keys and values in step where an alias could not be resolved.
static void attach_nothing(struct tree *tree, struct place place)
{
    attach(tree, make(tree, &(struct tree_part){
                                .kind = NODE_SCALAR, .place = place, .text = "", .plain = true}));
}

void tree_add_alias(struct tree *tree, const char *anchor, struct place place)
{
    if (tree->stopped)
        return;
    struct tree_node *target = find_anchor(tree, anchor);
    if (target == NULL || target->open) {
        char *message =
            target == NULL
                ? memory_format(
                      "no anchor &%s stands before the alias *%s in this document", anchor, anchor)
                : memory_format("the alias *%s stands inside what &%s names", anchor, anchor);
        tree_refuse(tree, NULL, place, message);
        free(message);
        attach_nothing(tree, place);
        return;
    }
    if (!affordable(tree, target, place))
        return;
    struct tree_node *parent = tree->depth == 0 ? NULL : tree->frames[tree->depth - 1].node;
    if (parent != NULL)
        parent->expansions++;
    weigh(tree, target);
    attach(tree, target);
}
