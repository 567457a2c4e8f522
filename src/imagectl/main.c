// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// imagectl(1), the operator's client: all of it is in a library, where tests reach it.

#include "config.h"

#include "imagectl/program.h"

int main(int count, char **arguments)
{
    return program_run(count, arguments);
}
