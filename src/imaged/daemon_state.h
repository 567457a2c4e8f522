// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the parts of the daemon share. Private to daemon*.c and api*.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/engine.h"
#include "imaged/cloud.h"
#include "imaged/configuration.h"
#include "imaged/counters.h"
#include "imaged/loader.h"
#include "imaged/options.h"
#include "imaged/recorder.h"
#include "imaged/reporter.h"
#include "imaged/turns.h"
#include "io/control.h"
#include "io/notify.h"

struct daemon {
    const struct options *options;
    struct configuration configuration;
    char *installation;
    struct instant started;

    uv_loop_t loop;
    uv_timer_t wake; // when the engine wants to be asked again
    uv_idle_t more;  // runs while it wants that at once, with what else is to be done in between
    uv_timer_t tell; // when systemd is told how things stand
    uv_timer_t deadline; // of stopping
    uv_signal_t signals[3];
    uv_timer_t follow; // looks for changes to tell those that follow, while there are any
    struct turns turns;
    struct counters counters;
    struct reporter reporter;

    struct engine *engine;
    struct effects effects;
    struct cloud *cloud;
    struct recorder *recorder;
    struct loader *loader;
    struct control *control;
    struct control *status_port;
    struct notify *notify;

    bool told_of_directory; // for the first time, whatever came of it
    bool ready;
    bool stopping;
    bool closing; // nothing more is decided
    int exit_status;
    uint64_t followed_revision; // told to those that follow
    int64_t
        fault_since_ms; // monotonic: since when the API is at fault without a pause; 0: it is not
};

// daemon.c: one turn.
void daemon_handle(struct daemon *daemon, const struct event *event);
void daemon_stop(struct daemon *daemon, int exit_status);

int daemon_read_configuration(const struct options *options, struct configuration *configuration,
    struct error *error) CHECK_RESULT;
void daemon_set_log_level(const struct configuration *configuration);

int daemon_identify(struct daemon *daemon, struct error *error) CHECK_RESULT;

// daemon_check.c: --check-config, after the configuration was read.
int daemon_check(struct daemon *daemon, struct error *error) CHECK_RESULT;

// daemon_reload.c
void daemon_reload(struct daemon *daemon);

// api.c: the control socket's requests, and those of them that the loopback port serves as well.
void api_handle(struct control_request *request, void *daemon);
void api_handle_looking(struct control_request *request, void *daemon);
