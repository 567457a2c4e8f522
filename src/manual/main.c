// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Prints the manual page of a template. A part of the build, not installed.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "manual/page.h"

static int read_file(const char *path, struct text *content)
{
    char buffer[4096];
    size_t got = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_append_n(content, buffer, got);
    int result = ferror(file) != 0 ? -1 : 0;
    fclose(file);
    return result;
}

int main(int argc, char **argv)
{
    CLEANUP(text_deinit) struct text template = {0};
    CLEANUP(text_deinit) struct text page = {0};
    struct error error = {0};
    if (argc != 2) {
        fputs("usage: print-page TEMPLATE >PAGE\n", stderr);
        return EXIT_FAILURE;
    }
    if (read_file(argv[1], &template) != 0) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    if (page_write(text_string(&template), &page, &error) != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], error.message);
        return EXIT_FAILURE;
    }
    if (fputs(text_string(&page), stdout) == EOF || fflush(stdout) != 0) {
        perror("print-page: writing");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
