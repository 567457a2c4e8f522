// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The client secret: where it comes from, and that it is wiped. It is read anew each time it is
// asked for, so that a rotated secret is found.
#pragma once

#include <stdbool.h>

#include "core/attributes.h"
#include "core/error.h"

// The secret, in this order: systemd's credential `numspot-client-secret` ($CREDENTIALS_DIRECTORY)
// unless it is empty, the file (may be NULL), $NUMSPOT_CLIENT_SECRET, and the file that the unit
// makes a credential of, for who calls imaged by hand. White space at its end is cut. The caller
// frees it with secret_free. NULL: there is none, or it cannot be read.
char *secret_read(const char *file, struct error *error) CHECK_RESULT;

// What is in a file of one secret, likewise; `what` it is, for messages: "etcd password".
char *secret_read_file(const char *what, const char *path, struct error *error) CHECK_RESULT;

// Whether systemd hides the credential from this process, as from what ExecReload= runs: then
// nothing can be said of it.
bool secret_is_hidden(void);

// Wipes and frees; NULL is fine.
void secret_free(char *secret);

// Keeps $NUMSPOT_CLIENT_SECRET for secret_read, and takes it out of the environment, where children
// and /proc/PID/environ would show it. Call it before any thread runs.
void secret_hide_environment(void);

// Wipes what secret_hide_environment kept.
void secret_forget_environment(void);
