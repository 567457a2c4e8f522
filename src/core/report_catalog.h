// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of events as journald's message catalog: what `journalctl -x` adds to an entry. Made
// once, when imaged is built (systemd/print-catalog.c), and installed where journald looks.
#pragma once

#include "core/text.h"

// Appends all entries, in the format of systemd's catalog files.
void report_catalog_write(struct text *out);
