// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Texts that many hold and none changes, kept once: a declaration's canonical form stands in the
// declaration and up to three times in its image's record, and in each copy of that record on its
// way to disk. A shared text reads like any other; that it is `const` keeps free() and writers
// away. References may be taken and given back in any thread.
#pragma once

#include <stdbool.h>

#include "core/attributes.h"

// A copy with one reference, the caller's; NULL of NULL.
const char *shared_text_new(const char *text) CHECK_RESULT;

// Another reference to a text that came from shared_text_new; NULL is fine.
const char *shared_text_ref(const char *shared);
void shared_text_unref(const char *shared);

// Gives back what the member holds, and has it hold a reference of its own to `shared`, which may
// be NULL.
void shared_text_replace(const char **member, const char *shared);

// Whether both are there and read the same; costs nothing where they are one.
bool shared_text_equal(const char *one, const char *other);
