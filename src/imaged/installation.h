// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Who owns what this daemon makes, when the configuration does not say: an id derived from the
// machine's, so that it survives the loss of the record, and does not tell the machine's id to the
// cloud.
#pragma once

#include "core/attributes.h"
#include "core/error.h"

// The caller frees it. NULL: the machine has no id. `path` is /etc/machine-id but in tests.
char *installation_of_machine(const char *path, struct error *error) CHECK_RESULT;

#define INSTALLATION_MACHINE_ID "/etc/machine-id"
