// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// YAML as a tree of nodes that know where they stand. Nothing is typed by its looks: a scalar is
// the text as written, and the reader of a field decides what it means. What a document may not
// contain (duplicate keys, application tags, endless expansion) is refused here, once, for
// declarations and configuration alike.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/attributes.h"
#include "core/problem.h"

#define DOCUMENT_LIMIT_BYTES (1024 * 1024) // of a file
#define DOCUMENT_LIMIT_DEPTH 16            // of collections in collections, aliases expanded
#define DOCUMENT_LIMIT_NODES 100000        // of a document, aliases expanded
#define DOCUMENT_LIMIT_EXPANSIONS                                                                  \
    1000 // of a document: an alias counts for itself and for those in what it stands for
#define DOCUMENT_LIMIT_ANCHORS 1000 // of a document
#define DOCUMENT_LIMIT_MERGED  256  // keys of a mapping that merges others

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

// What an alias stands for is shared, not copied: a node may have several parents and must not be
// changed.
struct node {
    enum node_kind kind;
    bool plain;            // a scalar without quotes
    struct place place;    // of its first character
    const char *text;      // of a scalar: NUL-terminated, UTF-8, without NUL inside
    size_t length;         // of the text in bytes
    struct entry *entries; // of a collection, in the order of the file
    size_t count;
};

struct entry {
    const struct node *key; // a scalar; NULL in a sequence
    const struct node *value;
    struct entry *next;
};

// Whether nothing was written: `key:` and no more. `""` and `~` are something.
bool node_absent(const struct node *node);

// The entry of a mapping with that key; NULL when there is none, or `node` is no mapping.
const struct entry *node_entry(const struct node *node, const char *key);

// The value of that key; NULL when there is none or it is absent.
const struct node *node_find(const struct node *node, const char *key);

// "a list", "a mapping", or the text in quotation marks; the caller frees it.
char *node_describe(const struct node *node) CHECK_RESULT;

struct document_reader;

enum document_status {
    DOCUMENT_READ,   // one document; it is bad if an error was added
    DOCUMENT_CUT,    // one document that passed a limit; an error was added, the rest of it ignored
    DOCUMENT_END,    // no further document
    DOCUMENT_BROKEN, // the text cannot be understood from here on; an error was added
};

// Reads the documents of a text one after the other. Borrows the bytes.
struct document_reader *document_reader_new(const char *bytes, size_t length) CHECK_RESULT;
void document_reader_free(struct document_reader *reader); // NULL is fine

// The next document that has content: empty ones (a `---` at the end, only comments) are passed
// over. `*root` is borrowed until the next call. In a bad document it may lack what was refused.
enum document_status document_reader_next(
    struct document_reader *reader, const struct node **root, struct problem_list *problems);
