// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What was repaired last on an image, field by field, as a text for the record: so that a repair
// which the cloud, or somebody, undoes again and again is recognised as the same one (cases, 39).
#pragma once

#include <stdbool.h>

#include "core/diff.h"

// Notes that `field`'s differences are being repaired: `*repaired` is replaced. Whether that very
// repair was made before.
bool repair_note(char **repaired, const struct difference_list *differences, const char *field);

// Whether all differences that can be repaired in place were repaired before, just so.
bool repair_is_repeated(const char *repaired, const struct difference_list *differences);
