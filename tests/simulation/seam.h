// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The seam at decide(): the linker lets all calls of the engine come by here, where they are
// counted, and where a fault can be planted into the decision to see that the worlds notice.
#pragma once

#include <stdbool.h>

struct coverage;

// From now on; NULL: nowhere. Process-wide, as the linker's seam is.
void seam_count_into(struct coverage *coverage);

// False: there is no such fault.
bool seam_plant(const char *name);
// "hasty, …", for people.
const char *seam_plants(void);
