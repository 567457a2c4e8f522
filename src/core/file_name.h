// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Which names in a directory are taken for declarations: the daemon and `imagectl validate` agree.
#pragma once

#include <stdbool.h>

// `*.yaml` and `*.yml`, but for names that begin with a dot. What editors and copying tools leave
// behind (`*~`, `#*#`, `.#*`, `*.swp`, `*.tmp`, `*.bak`, vim's `4913`) is thereby left out as well.
bool file_name_is_declaration(const char *name);
