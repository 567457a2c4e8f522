// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The one sentence that people read when an answer is not OK: what was to be done, what happened,
// what the cloud said of it, and what can be done. Texts of the cloud are cut to a length and freed
// of control characters, for they end in logs and on terminals.
#pragma once

#include "core/attributes.h"
#include "core/cloud.h"

struct text;

// Appends at most `limit` bytes of a text that others wrote: one line, no control characters,
// well-formed UTF-8.
void explanation_append_foreign(struct text *out, const char *foreign, size_t limit);

// Such a text on the heap; NULL gives NULL.
char *explanation_clean(const char *foreign, size_t limit) CHECK_RESULT;

// Makes the sentence from an answer that is otherwise complete. `cause` (may be NULL) is what the
// transport or the reader of the body says about it. The caller frees it.
char *explanation_of(const struct answer *answer, const char *cause) CHECK_RESULT;

// Overwrites a secret wherever it stands in a text; either may be NULL. Secrets of fewer than
// SECRET_MINIMUM_BYTES are let be: they would blot out words.
#define SECRET_MINIMUM_BYTES 6
void explanation_redact(char *text, const char *secret);
