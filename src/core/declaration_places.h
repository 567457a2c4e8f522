// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Remembers where each field of a declaration stood, for errors that come later: from the API, from
// another file.
#pragma once

struct declaration;
struct node;

// Fills `places`: one block, with the paths in it, that free(places) releases.
void declaration_places_collect(struct declaration *declaration, const struct node *root);
