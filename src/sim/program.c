// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Puts scenario, service and server together, and tells where they can be found.

#include "config.h"

#include "sim/program.h"
#include "sim/clock.h"
#include "sim/listener.h"
#include "sim/options.h"
#include "sim/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

// A descriptor that is readable once SIGTERM or SIGINT came.
static int open_signals(struct sim_error *error)
{
    sigset_t signals;
    int descriptor;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor >= 0 ? descriptor : sim_error_set(error, "signalfd: %s", strerror(errno));
}

static int announce(int descriptor, struct sim_error *error)
{
    char *url = sim_listener_url(descriptor);
    int failed = printf("%s\n", url) < 0 || fflush(stdout) != 0;

    free(url);
    return failed ? sim_error_set(error, "stdout: %s", strerror(errno)) : 0;
}

static int serve(struct sim_service *service, const struct sim_clock *clock, const char *address,
    struct sim_error *error)
{
    int signals = open_signals(error);
    int descriptor = signals >= 0 ? sim_listener_open(address, error) : -1;
    struct sim_server *server = descriptor >= 0 ? sim_server_new(service, clock, descriptor, error)
                                                : NULL;
    int result = -1;

    if (server != NULL && announce(descriptor, error) == 0) {
        result = sim_server_run(server, signals, error);
    }
    sim_server_free(server);
    if (signals >= 0) {
        close(signals);
    }
    return result;
}

// The service of the scenario that the options name. The scenario itself is no longer needed then.
static struct sim_service *open_service(
    const struct sim_options *options, int64_t now_ms, struct sim_error *error)
{
    struct sim_scenario scenario;
    struct sim_service *service = NULL;

    sim_scenario_init(&scenario);
    if (options->scenario == NULL || sim_scenario_read(&scenario, options->scenario, error) == 0) {
        service = sim_service_new(&scenario, options->seed, now_ms, error);
    }
    sim_scenario_deinit(&scenario);
    return service;
}

static int run(const struct sim_options *options, struct sim_error *error)
{
    struct sim_clock clock;
    struct sim_service *service;
    int result = -1;

    sim_clock_init(&clock);
    service = open_service(options, sim_clock_now_ms(&clock), error);
    if (service != NULL) {
        result = serve(service, &clock, options->listen, error);
    }
    sim_service_free(service);
    return result;
}

int sim_program_run(int count, char *const *arguments)
{
    struct sim_options options;
    struct sim_error error;
    int result = sim_options_read(count, arguments, &options, &error);

    if (result == 0 && options.help) {
        return fputs(sim_options_help, stdout) == EOF;
    }
    if (result == 0 && options.version) {
        return puts("numspot-sim " PACKAGE_VERSION) == EOF;
    }
    if (result == 0) {
        result = run(&options, &error);
    }
    if (result != 0) {
        fprintf(stderr, "numspot-sim: %s\n", error.message);
        return 1;
    }
    return 0;
}
