// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon's command line.
#pragma once

#include <stdbool.h>

enum options_outcome {
    OPTIONS_RUN,   // go on
    OPTIONS_DONE,  // help or the version was printed
    OPTIONS_WRONG, // what is wrong was printed to standard error
};

struct options {
    const char *configuration; // path
    const char *log_level;     // or NULL
    const char *migrate_from;  // with --migrate-state; else both are NULL
    const char *migrate_to;
    bool check_configuration;
    bool observe;
    bool once;
};

enum options_outcome options_parse(int argc, char *const *argv, struct options *options);
