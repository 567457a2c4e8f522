// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What must work beside the configuration for a start to succeed, looked at without touching or
// asking anything; and what came out, for the person who asked.
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "imaged/daemon_state.h"
#include "imaged/secret.h"

static int check_secret(const struct configuration *configuration, struct error *error)
{
    if (secret_is_hidden())
        return 0;
    char *secret = secret_read(configuration->numspot.client_secret_file, error);
    if (secret == NULL)
        return -1;
    secret_free(secret);
    return 0;
}

// A directory that is away is reported while the daemon runs, and no reason not to start.
static void write_directory(struct text *out, const char *path)
{
    text_format(out, "declarations in %s", path);
    if (access(path, R_OK | X_OK) != 0)
        text_format(out, " (now: %s)", strerror(errno));
}

static void print_outcome(const struct daemon *daemon)
{
    const struct configuration *configuration = &daemon->configuration;
    CLEANUP(text_deinit) struct text out = {0};
    text_format(&out, "%s is good: space %s at %s; ", daemon->options->configuration,
        configuration->numspot.space_id, configuration->numspot.host);
    write_directory(&out, configuration->declarations.directory);
    text_format(&out, "; installation %s; %s", daemon->installation,
        secret_is_hidden() ? "the client secret is the service's, and not seen from here"
                           : "a client secret is there, which the daemon tries when it starts");
    puts(text_string(&out));
}

int daemon_check(struct daemon *daemon, struct error *error)
{
    if (check_secret(&daemon->configuration, error) != 0 ||
        cloud_check(&daemon->loop, &daemon->configuration, error) != 0 ||
        (configuration_is_shared(&daemon->configuration) &&
            coordinator_check(&daemon->loop, &daemon->configuration, error) != 0) ||
        daemon_identify(daemon, error) != 0)
        return -1;
    print_outcome(daemon);
    return 0;
}
