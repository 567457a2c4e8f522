// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <getopt.h>
#include <stdio.h>

#include "imaged/configuration.h"
#include "imaged/options.h"
#include "io/log.h"

static const char usage[] =
    "usage: imaged [OPTION]...\n"
    "Keeps the machine images of a NumSpot space equal to a directory of YAML declarations.\n"
    "\n"
    "  -c, --config FILE      the configuration (default: " CONFIGURATION_PATH ")\n"
    "      --check-config     check the configuration, and end: 0 when it is good, else 1\n"
    "      --observe          do all but write to the cloud\n"
    "      --once             reconcile until everything is settled, and end: 0 when all images are\n"
    "                         available, 2 when one failed or waits for a person, 1 when it could not run\n"
    "      --migrate-state FROM TO\n"
    "                         copy the record into an empty place, and end; a place is sqlite:PATH, or\n"
    "                         etcd:PREFIX in the configuration's cluster\n"
    "      --log-level LEVEL  error, warning, notice, info or debug\n"
    "      --version          print the version\n"
    "  -h, --help             print this\n";

enum {
    OPTION_CHECK = 256,
    OPTION_OBSERVE,
    OPTION_ONCE,
    OPTION_LEVEL,
    OPTION_MIGRATE,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, OPTION_CHECK},
    {"observe", no_argument, NULL, OPTION_OBSERVE},
    {"once", no_argument, NULL, OPTION_ONCE},
    {"migrate-state", required_argument, NULL, OPTION_MIGRATE},
    {"log-level", required_argument, NULL, OPTION_LEVEL},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static enum options_outcome take(int option, struct options *options)
{
    enum log_level level;
    switch (option) {
    case 'c':
        options->configuration = optarg;
        return OPTIONS_RUN;
    case OPTION_CHECK:
        options->check_configuration = true;
        return OPTIONS_RUN;
    case OPTION_OBSERVE:
        options->observe = true;
        return OPTIONS_RUN;
    case OPTION_ONCE:
        options->once = true;
        return OPTIONS_RUN;
    case OPTION_LEVEL:
        options->log_level = optarg;
        if (log_level_parse(optarg, &level))
            return OPTIONS_RUN;
        fprintf(stderr,
            "imaged: unknown log level \"%s\"; one of error, warning, notice, info, debug\n",
            optarg);
        return OPTIONS_WRONG;
    case OPTION_MIGRATE:
        options->migrate_from = optarg;
        return OPTIONS_RUN;
    case OPTION_VERSION:
        puts("imaged " PACKAGE_VERSION);
        return OPTIONS_DONE;
    case 'h':
        fputs(usage, stdout);
        return OPTIONS_DONE;
    default:
        fputs("imaged: --help lists the options\n", stderr);
        return OPTIONS_WRONG;
    }
}

enum options_outcome options_parse(int argc, char *const *argv, struct options *options)
{
    *options = (struct options){.configuration = CONFIGURATION_PATH};
    int option = 0;
    while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
        enum options_outcome outcome = take(option, options);
        if (outcome != OPTIONS_RUN)
            return outcome;
    }
    if (options->migrate_from != NULL && optind < argc)
        options->migrate_to = argv[optind++];
    if (options->migrate_from != NULL && options->migrate_to == NULL) {
        fputs("imaged: --migrate-state needs two places, FROM and TO; --help lists the options\n",
            stderr);
        return OPTIONS_WRONG;
    }
    if (optind < argc) {
        fprintf(
            stderr, "imaged: unexpected argument \"%s\"; --help lists the options\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}
