// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Prints journald's catalog of the events of imaged. A part of the build, not installed.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/report_catalog.h"

int main(void)
{
    CLEANUP(text_deinit) struct text catalog = {0};
    report_catalog_write(&catalog);
    if (fputs(text_string(&catalog), stdout) == EOF || fflush(stdout) != 0) {
        perror("print-catalog: writing");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
