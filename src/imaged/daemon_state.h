// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the parts of the daemon share. Private to daemon*.c and api*.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/engine.h"
#include "imaged/allocators.h"
#include "imaged/cloud.h"
#include "imaged/configuration.h"
#include "imaged/coordinator.h"
#include "imaged/counters.h"
#include "imaged/loader.h"
#include "imaged/options.h"
#include "imaged/recorder.h"
#include "imaged/reporter.h"
#include "imaged/turns.h"
#include "io/control.h"
#include "io/notify.h"

enum { EXIT_SETTLED = 0, EXIT_COULD_NOT_RUN = 1, EXIT_UNSETTLED = 2 };

// Whether images are looked after. With a record of this host's own: always.
enum daemon_work {
    WORK_NONE,    // another host leads, or none is known to
    WORK_BEGINS,  // this one leads, and reads the record
    WORK_GOES_ON, // only then is there a recorder, and is anything decided
    WORK_ENDS,    // it does not lead any more; engine and cloud are on their way out
};

// What of the election was told already.
struct told {
    int64_t fence;
    bool faulty;
    char *leader; // owned
};

struct daemon {
    const struct options *options;
    struct configuration configuration;
    char *installation;
    struct instant started;

    uv_loop_t loop;
    uv_timer_t wake; // when the engine wants to be asked again
    uv_idle_t more;  // runs while it wants that at once, with what else is to be done in between
    uv_timer_t tell; // when systemd is told how things stand
    uv_timer_t role; // runs out when it may be another
    uv_timer_t deadline; // of stopping
    uv_signal_t signals[3];
    uv_timer_t follow; // looks for changes to tell those that follow, while there are any
    struct turns turns;
    struct counters counters;
    struct reporter reporter;

    struct engine *engine;
    uint64_t engines; // that were given up: what keeps to one across turns compares
    struct effects effects;
    struct cloud *cloud;             // NULL while work ends
    struct recorder *recorder;       // NULL unless work goes on, or ends
    struct loader *loader;           // likewise
    struct coordinator *coordinator; // NULL: the record is this host's own
    struct store *opening;           // while work begins
    struct control *control;
    struct control *status_port;
    struct notify *notify;

    enum daemon_work work;
    int64_t fence; // of the term
    struct told told;
    unsigned parts_ending;
    bool leaving;

    struct trim trim;
    bool loose;             // since the last trim there was bulk work
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

void daemon_tell_status(struct daemon *daemon);
void daemon_answered(struct answer *answer, void *data); // a callback; `data` is the daemon
int daemon_open_directory(struct daemon *daemon, struct error *error) CHECK_RESULT;
struct engine *daemon_new_engine(const struct daemon *daemon) CHECK_RESULT;

// daemon_term.c: opens this host's own record, with which work begins, or joins those that share
// one; and its end: of the work, then of the part in the election.
int daemon_open_record(struct daemon *daemon, struct error *error) CHECK_RESULT;
struct cloud_gate daemon_gate(struct daemon *daemon);
void daemon_role_changed(void *data); // likewise
void daemon_close_work(struct daemon *daemon);
void daemon_leave(void *data); // likewise

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
