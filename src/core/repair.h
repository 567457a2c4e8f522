// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What was repaired last on an image, field by field, as a text for the record: so that a repair
// which the cloud, or somebody, undoes again and again is recognised as the same one (cases, 39).
#pragma once

#include <stdbool.h>

#include "core/attributes.h"
#include "core/diff.h"

// What is being repaired: `field`'s differences, as a text of one line. The caller frees it.
char *repair_describe(const struct difference_list *differences, const char *field) CHECK_RESULT;

// Notes that the cloud acknowledged that repair: `*repaired` is replaced. How often in a row it was
// made, just so.
unsigned repair_note(char **repaired, const char *description);

// Whether all differences that can be repaired in place were repaired that often, just so.
bool repair_is_in_vain(
    const char *repaired, const struct difference_list *differences, unsigned times);
