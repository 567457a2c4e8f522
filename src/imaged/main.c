// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// imaged, the daemon: the command line, and then daemon.c.
#include "config.h"

#include <stdlib.h>

#include "imaged/daemon.h"
#include "imaged/options.h"
#include "io/log.h"

int main(int argc, char **argv)
{
    log_open();
    struct options options;
    switch (options_parse(argc, argv, &options)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return EXIT_FAILURE;
    case OPTIONS_RUN:
        break;
    }
    return daemon_run(&options);
}
