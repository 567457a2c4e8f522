// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Builds the tree of one document out of its parts, in order, and holds it to the limits of
// document.h. Knows nothing of libyaml: document.c feeds it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/document.h"

// A node, and what an alias to it would cost.
struct tree_node {
    struct node node;
    unsigned height;   // 0 for a scalar
    size_t weight;     // nodes, itself included, aliases expanded
    size_t expansions; // aliases within, expanded
    bool open;         // its end has not come yet
};

struct tree_anchor {
    const char *name;
    struct tree_node *node;
};

// A collection whose end has not come yet.
struct tree_frame {
    struct tree_node *node;
    struct entry *last;
    struct tree_node *key; // of a mapping: waits for its value
};

struct tree {
    struct arena *arena;
    struct problem_list *problems;
    struct tree_node *root;
    struct tree_frame frames[DOCUMENT_LIMIT_DEPTH];
    unsigned depth;
    struct tree_anchor *anchors;
    size_t anchor_count;
    size_t anchor_capacity;
    size_t weight;
    size_t expansions;
    bool stopped; // a limit was passed: the rest of the document is not looked at
};

// What to add: a scalar, or the beginning of a collection.
struct tree_part {
    enum node_kind kind;
    struct place place;
    const char *anchor; // or NULL
    const char *text;   // of a scalar
    size_t length;
    bool plain;
};

// Begins a document; `tree` keeps its memory for the next one.
void tree_begin(struct tree *tree, struct arena *arena, struct problem_list *problems);
void tree_add(struct tree *tree, const struct tree_part *part);
void tree_add_alias(struct tree *tree, const char *anchor, struct place place);

// Ends the innermost collection.
void tree_end(struct tree *tree);
void tree_deinit(struct tree *tree);

// Reports an error at a place, with the path of what is being built; `key` leads one step further,
// or is NULL.
void tree_refuse(
    struct tree *tree, const struct node *key, struct place place, const char *message);
