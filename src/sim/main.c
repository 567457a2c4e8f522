// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// numspot-sim(1).

#include "config.h"

#include "sim/program.h"

int main(int count, char **arguments)
{
    return sim_program_run(count, arguments);
}
