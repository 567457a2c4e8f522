// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The sentence that a person reads beside state and reason: the rule's words, with the particulars
// of this image.
#pragma once

#include "core/attributes.h"
#include "core/decide.h"

// `source_message`: what is known of the source, or NULL. The caller frees the sentence.
char *explain_state(const struct situation *situation, const struct decision *decision,
    const char *source_message) CHECK_RESULT;
