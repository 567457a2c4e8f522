// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is special about a mapping once all its entries are there: each key once, and merge keys
// (`<<`).
#pragma once

struct tree;
struct tree_node;

// Refuses duplicate keys, naming both places (the first counts), and replaces `<<: *other` (or `<<:
// [*one, *two]`) by the entries of the others whose keys the mapping does not have.
void document_mapping_finish(struct tree *tree, struct tree_node *finished);
