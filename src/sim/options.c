// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The command line: a few long options, as --name VALUE or --name=VALUE.

#include "config.h"

#include "sim/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char sim_options_help[] =
    "Usage: numspot-sim [--listen ADDRESS:PORT] [--scenario FILE] [--seed NUMBER]\n"
    "\n"
    "A NumSpot cloud on loopback for trials and tests, with faults on demand.\n"
    "Prints its base URL when it is ready, and runs until it gets SIGTERM or SIGINT.\n"
    "\n"
    "  --listen ADDRESS:PORT  where to listen: loopback only (default 127.0.0.1:0, a free port)\n"
    "  --scenario FILE        what is in the cloud, as YAML (default: a small example)\n"
    "  --seed NUMBER          what ids, tokens and chance faults are drawn from (default 1)\n"
    "  --help                 print this\n"
    "  --version              print the version\n"
    "\n"
    "The manual, numspot-sim(1), tells of scenarios and of the endpoints under /_sim.\n";

static int read_seed(const char *text, uint64_t *seed, struct sim_error *error)
{
    char *end;

    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0') {
        return sim_error_set(error, "--seed must be a number, not '%s'", text);
    }
    return 0;
}

static int set_option(
    struct sim_options *options, const char *name, const char *value, struct sim_error *error)
{
    if (strcmp(name, "--seed") == 0) {
        return read_seed(value, &options->seed, error);
    }
    if (strcmp(name, "--listen") == 0) {
        options->listen = value;
    } else {
        options->scenario = value;
    }
    return 0;
}

static bool set_flag(struct sim_options *options, const char *argument)
{
    if (strcmp(argument, "--help") == 0) {
        options->help = true;
    } else if (strcmp(argument, "--version") == 0) {
        options->version = true;
    } else {
        return false;
    }
    return true;
}

// The option that takes a value and that `argument` names, alone or before "=…"; NULL for none.
static const char *valued_option(const char *argument)
{
    static const char *const names[] = {"--listen", "--scenario", "--seed"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i]);

        if (strncmp(argument, names[i], length) == 0 &&
            (argument[length] == '\0' || argument[length] == '=')) {
            return names[i];
        }
    }
    return NULL;
}

int sim_options_read(
    int count, char *const *arguments, struct sim_options *options, struct sim_error *error)
{
    *options = (struct sim_options){.listen = "127.0.0.1:0", .seed = 1};
    for (int i = 1; i < count; i++) {
        const char *argument = arguments[i];
        const char *name = valued_option(argument);
        const char *equals = strchr(argument, '=');
        const char *value = equals != NULL ? equals + 1 : NULL;

        if (set_flag(options, argument)) {
            continue;
        }
        if (name == NULL) {
            return sim_error_set(error, "'%s' is not an option; try --help", argument);
        }
        if (value == NULL && ++i < count) {
            value = arguments[i];
        }
        if (value == NULL) {
            return sim_error_set(error, "%s needs a value", name);
        }
        if (set_option(options, name, value, error) != 0) {
            return -1;
        }
    }
    return 0;
}
