// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// numspot-sim as a program, all but main(): options in, exit status out.

// 0 after --help, --version or a signal to end; 1 when it could not run, with a message on stderr.
int sim_program_run(int count, char *const *arguments);
