// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Opening a name of the directory. Symbolic links are followed here and not by the kernel, for
// imaged can read what whoever may write to the directory cannot: its own secret and record, among
// others; and what it finds wrong with a file it quotes. A link of theirs must not make it read
// that out.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "core/attributes.h"

// A file that is not read for whoever made the link to it.
struct directory_withheld {
    bool is_so;
    uid_t maker; // of the link
    uid_t owner; // of the file
};

// Opens for reading, without waiting for a FIFO or taking a terminal. A link is followed when
// everybody may read the file that it leads to, or the link was made by root, by imaged's own user,
// or by the file's owner; the same goes for each link that it leads to, but not for directories on
// the way. Returns the descriptor; or -1 with errno, which is EACCES where it is withheld.
int directory_open(
    int directory_fd, const char *name, struct directory_withheld *withheld) CHECK_RESULT;
