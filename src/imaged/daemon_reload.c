// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "imaged/daemon_state.h"
#include "imaged/reporter.h"
#include "io/log.h"

// Puts the new configuration in force, but for what is bound to sockets, files and identities.
static void put_in_force(struct daemon *daemon, struct configuration *wanted)
{
    char *later = configuration_needs_restart(&daemon->configuration, wanted);
    if (later != NULL)
        log_message(LOG_LEVEL_WARNING, NULL, "a restart is needed for the changes of %s", later);
    free(later);
    configuration_deinit(&daemon->configuration);
    daemon->configuration = *wanted;
    daemon_set_log_level(&daemon->configuration);
    struct engine_options options = configuration_engine_options(
        &daemon->configuration, daemon->installation);
    engine_configure(daemon->engine, &options);
    if (daemon->cloud != NULL)
        cloud_set_limits(daemon->cloud, &daemon->configuration);
    if (daemon->loader != NULL)
        loader_rescan(daemon->loader);
    counters_event(&daemon->counters, REPORT_RELOADED);
    reporter_say(
        REPORT_RELOADED, "the configuration %s is in force", daemon->options->configuration);
}

static void refuse(struct daemon *daemon, const struct error *error)
{
    counters_event(&daemon->counters, REPORT_RELOAD_REFUSED);
    reporter_say(REPORT_RELOAD_REFUSED, "%s; the old configuration stays in force", error->message);
}

void daemon_reload(struct daemon *daemon)
{
    if (daemon->stopping)
        return;
    struct configuration wanted;
    struct error error = {0};
    notify_reloading(daemon->notify);
    if (daemon_read_configuration(daemon->options, &wanted, &error) == 0)
        put_in_force(daemon, &wanted);
    else
        refuse(daemon, &error);
    notify_ready(daemon->notify, NULL);
    struct event event = {.kind = EVENT_TIMER};
    daemon_handle(daemon, &event);
}
