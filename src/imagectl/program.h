// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// imagectl from its arguments to its exit status: the one place that prints errors.
#pragma once

// 0 well; 1 usage, no daemon, or not done; 2 something to see.
int program_run(int count, char **arguments);
