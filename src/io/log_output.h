// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Writes lines to a descriptor that may be anything: a terminal that is stopped, a pipe that nobody
// reads, a full disk, a closed number. A line that cannot be written within LOG_OUTPUT_WAIT_MS is
// dropped and counted; while the reader stays away nothing waits; once it is back it is told how
// many it missed.
#pragma once

#include <stddef.h>

#define LOG_OUTPUT_WAIT_MS 50

// Writes one line of less than PIPE_BUF bytes. Raises no SIGPIPE. Any thread.
void log_output_write(int descriptor, const char *line, size_t length);
