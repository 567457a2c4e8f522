// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the API says when it refuses: problem documents (RFC 9457) and, from the token endpoint,
// OAuth 2 errors.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/cloud.h"

// Texts are as sent, or NULL; an empty text is NULL as well.
struct problem_document {
    char *type;
    char *title;
    char *detail;
    char *instance;
    struct violation *violations;
    size_t violation_count;
};

// Reads a body; false, and `*out` all empty, when it is neither: HTML, nothing, JSON of another
// kind. An OAuth 2 error gives its `error` as title and its `error_description` as detail. Whether
// it calls itself application/problem+json does not matter: the API says application/json of some.
bool problem_document_read(const char *body, size_t length, struct problem_document *out);
void problem_document_deinit(struct problem_document *document);

// Whether a 404 with this document says that a resource is missing, and not that the way to it is:
// its type is one of the API's own (generic frameworks say "about:blank" of a route they do not
// know), and its instance, if it names one, is the `path` that was asked.
bool problem_document_is_about(const struct problem_document *document, const char *path);
