// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reads the command line by the tables of commands and options (command.h).
#pragma once

#include "core/attributes.h"

struct error;
struct invocation;

// Fills the invocation, which borrows all from the arguments. Options and operands may be mixed;
// `--` ends the options. `arguments` is put into another order.
int options_read(
    int count, char **arguments, struct invocation *invocation, struct error *error) CHECK_RESULT;
