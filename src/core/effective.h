// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The image that a declaration comes to once its sources are known: selectors replaced by ids, and
// {digest}, {name} and {source_id} put in where they stand. This is what is created, and what a
// live image is held against.
#pragma once

#include <stdbool.h>

#include "core/attributes.h"
#include "core/declaration.h"

// Whether the name in the cloud depends on sources that selectors have yet to find.
bool effective_needs_sources(const struct declaration *declaration);

// Ids of the sources: one for an image or a VM, one a mapping for snapshots ("" where a mapping has
// none). With no ids, selectors stay as they are and {source_id} as it is written. The caller frees
// it with image_free.
struct image *effective_image(
    const struct declaration *declaration, const struct text_list *sources) CHECK_RESULT;

// The ids of an image's sources, in the same form; empty when a selector has no id.
void effective_sources(const struct image *image, struct text_list *sources);

// Ids as one text for the record, and back.
char *effective_format_sources(const struct text_list *sources) CHECK_RESULT;
void effective_parse_sources(const char *text, struct text_list *sources);
