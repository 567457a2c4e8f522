// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/help.h"
#include "imagectl/options.h"
#include "imagectl/program.h"

// What is told of may hold anything: names, paths, the daemon's words.
static void print_error(const struct error *error)
{
    struct text out = {0};
    text_append(&out, "imagectl: ");
    display_clean(&out, error->message);
    fprintf(stderr, "%s\n", out.bytes);
    text_deinit(&out);
}

static int run(int count, char **arguments, struct error *error)
{
    struct invocation invocation;
    if (options_read(count, arguments, &invocation, error) != 0) {
        print_error(error);
        fprintf(stderr, "See `imagectl %s%s--help`.\n",
            invocation.command != NULL ? invocation.command->name : "",
            invocation.command != NULL ? " " : "");
        return STATUS_FAULT;
    }
    if (invocation.version) {
        puts("imagectl " PACKAGE_VERSION);
        return STATUS_WELL;
    }
    if (invocation.help)
        return help_print(invocation.command);
    if (invocation.command == NULL) {
        struct text out = {0};
        help_write_overview(&out);
        fputs(out.bytes, stderr);
        text_deinit(&out);
        return STATUS_FAULT;
    }
    int status = invocation.command->run(&invocation, error);
    if (status < 0) {
        print_error(error);
        return STATUS_FAULT;
    }
    return status;
}

int program_run(int count, char **arguments)
{
    struct error error = {0};
    display_init();
    int status = run(count, arguments, &error);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "imagectl: standard output: %s\n", strerror(errno));
        return STATUS_FAULT;
    }
    return status;
}
