// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What of the host's images its daemon can still know of, once its record was lost or replaced:
// part of the ledger's account.
#pragma once

#include "simulation/world.h"

// A daemon is about to start, from what is durable now.
void stock_starting(struct world *world);
// A console user took the image's tags away: if no record knows it, nobody does any more.
void stock_untagged(struct world *world, const char *id);
// Whether the durable record names it, as present or as replaced.
bool stock_is_recorded(const struct world *world, const char *id);
