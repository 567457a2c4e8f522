// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/memory.h"
#include "core/text.h"
#include "imaged/api_status.h"
#include "imaged/clock.h"
#include "imaged/daemon.h"
#include "imaged/daemon_state.h"
#include "imaged/installation.h"
#include "imaged/migration.h"
#include "imaged/reporter.h"
#include "imaged/secret.h"
#include "io/log.h"

#define STOP_WITHIN_MS 8000  // what is under way may take that long; systemd waits a little longer
#define TELL_AFTER_MS  250   // changes are gathered before systemd is told of them
#define START_STEP_MS  60000 // so long systemd waits for each further part of the directory

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

// ---- Turns

static void wake_due(uv_timer_t *timer)
{
    struct event event = {.kind = EVENT_TIMER};
    daemon_handle(timer->data, &event);
}

static void work_on(uv_idle_t *idle)
{
    struct event event = {.kind = EVENT_TIMER};
    daemon_handle(idle->data, &event);
}

static void arm(struct daemon *daemon)
{
    if (uv_is_closing((uv_handle_t *)&daemon->wake))
        return;
    bool busy = engine_busy(daemon->engine);
    bool behind = busy && recorder_is_behind(daemon->recorder); // whose commit's end is a turn
    daemon->loose = daemon->loose || busy;
    if (busy && !behind)
        uv_idle_start(&daemon->more, work_on);
    else
        uv_idle_stop(&daemon->more);
    int64_t next_ms = behind ? INSTANT_NEVER : engine_next_wake(daemon->engine);
    uv_timer_start(&daemon->wake, wake_due, clock_wait_ms(next_ms), 0);
}

static void describe_work(struct daemon *daemon, struct text *text)
{
    struct engine_summary summary = engine_summary(daemon->engine);
    text_format(text, "%zu images: %zu available, %zu pending, %zu failed", summary.total,
        summary.states[STATE_AVAILABLE], summary.states[STATE_PENDING],
        summary.states[STATE_FAILED]);
    if (summary.awaiting_approval > 0)
        text_format(text, "; %zu await approval", summary.awaiting_approval);
    if (summary.api_fault != NULL)
        text_format(text, "; API: %s", summary.api_fault);
    if (summary.directory_fault != NULL)
        text_format(text, "; directory: %s", summary.directory_fault);
    if (summary.record_fault != NULL)
        text_format(text, "; record: %s", summary.record_fault);
}

static void describe_role(struct daemon *daemon, struct text *text)
{
    struct election_view view = coordinator_view(daemon->coordinator);
    if (view.role == ELECTION_LEADER)
        text_append(text, "leads, and reads the record");
    else if (view.leader != NULL)
        text_format(text, "stands by: %s leads", view.leader);
    else
        text_append(text, "no host is known to lead");
    if (view.fault != NULL)
        text_format(text, "; etcd: %s", view.fault);
}

void daemon_tell_status(struct daemon *daemon)
{
    struct text text = {0};
    if (daemon->work == WORK_GOES_ON)
        describe_work(daemon, &text);
    else
        describe_role(daemon, &text);
    notify_status(daemon->notify, text_string(&text));
    text_deinit(&text);
}

static void tell_due(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    daemon_tell_status(daemon);
    bool idle = daemon->work == WORK_GOES_ON && !engine_busy(daemon->engine) &&
                recorder_idle(daemon->recorder); // between terms there is no recorder
    if (daemon->loose && idle) {
        allocators_trim(&daemon->trim, &daemon->loop);
        daemon->loose = false;
    }
}

// Counting all images takes time: with many of them, more than the turn itself.
static void tell_soon(struct daemon *daemon)
{
    uv_handle_t *tell = (uv_handle_t *)&daemon->tell;
    if (!uv_is_active(tell) && !uv_is_closing(tell))
        uv_timer_start(&daemon->tell, tell_due, TELL_AFTER_MS, 0);
}

static void carry_out(struct daemon *daemon)
{
    struct effects *effects = &daemon->effects;
    counters_effects(&daemon->counters, effects, daemon->engine, clock_now());
    recorder_take(daemon->recorder, effects);
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == EFFECT_REPORT)
            reporter_tell(&daemon->reporter, &effects->items[i].report);
        if (effects->items[i].kind == EFFECT_REQUEST) {
            cloud_submit(daemon->cloud, effects->items[i].request);
            effects->items[i].request = NULL;
        }
    }
    effects_clear(effects);
}

// With --once: whether it is time to end, and how. An API or a record that is at fault for as long
// as a request may take is given up.
static void judge_once(struct daemon *daemon)
{
    struct engine_summary summary = engine_summary(daemon->engine);
    int64_t now_ms = clock_now().monotonic_ms;
    const char *fault = summary.api_fault != NULL ? summary.api_fault : summary.record_fault;
    if (fault == NULL)
        daemon->fault_since_ms = 0;
    else if (daemon->fault_since_ms == 0)
        daemon->fault_since_ms = now_ms;
    bool hopeless = daemon->fault_since_ms != 0 &&
                    now_ms - daemon->fault_since_ms >=
                        daemon->configuration.numspot.request_timeout_ms.value;
    if (hopeless || summary.directory_fault != NULL) {
        log_message(
            LOG_LEVEL_ERROR, NULL, "giving up: %s", hopeless ? fault : summary.directory_fault);
        daemon_stop(daemon, EXIT_COULD_NOT_RUN);
    } else if (fault == NULL && engine_settled(daemon->engine) && recorder_idle(daemon->recorder)) {
        bool all = summary.states[STATE_AVAILABLE] == summary.total &&
                   summary.declarations.invalid == 0;
        daemon_stop(daemon, all ? EXIT_SETTLED : EXIT_UNSETTLED);
    }
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void tell_start(const struct daemon *daemon)
{
    const struct configuration *configuration = &daemon->configuration;
    struct engine_summary summary = engine_summary(daemon->engine);
    const struct catalogue_counts *declarations = &summary.declarations;
    reporter_say(REPORT_STARTED,
        "imaged %s is ready: space %s at %s; %zu good declaration%s in %zu file%s of %s; %zu "
        "image%s to look after%s",
        PACKAGE_VERSION, configuration->numspot.space_id, configuration->numspot.host,
        declarations->valid, plural(declarations->valid), declarations->files,
        plural(declarations->files), configuration->declarations.directory, summary.total,
        plural(summary.total),
        strcmp(configuration->mode, "observe") == 0 ? "; observing only: nothing is changed" : "");
}

static void become_ready(struct daemon *daemon)
{
    daemon->ready = true;
    counters_event(&daemon->counters, REPORT_STARTED);
    tell_start(daemon);
    notify_ready(daemon->notify, NULL);
    daemon_tell_status(daemon);
}

void daemon_handle(struct daemon *daemon, const struct event *event)
{
    if (daemon->work != WORK_GOES_ON)
        return;
    engine_handle(daemon->engine, event, clock_now(), &daemon->effects);
    carry_out(daemon);
    cloud_pump(daemon->cloud);
    arm(daemon);
    if (daemon->notify == NULL)
        return;
    if (daemon->told_of_directory && !daemon->ready && !engine_busy(daemon->engine))
        become_ready(daemon);
    if (!daemon->ready)
        return;
    tell_soon(daemon);
    if (daemon->options->once && !daemon->stopping)
        judge_once(daemon);
}

// ---- What the adapters bring

void daemon_answered(struct answer *answer, void *data)
{
    struct daemon *daemon = data;
    struct event event = {.kind = EVENT_ANSWER, .answer = answer};
    counters_answer(&daemon->counters, answer, clock_now());
    daemon_handle(daemon, &event);
}

static void loaded(struct directory_event *directory, void *data)
{
    struct daemon *daemon = data;
    struct event event = {.kind = EVENT_DIRECTORY, .directory = directory};
    daemon->told_of_directory = true;
    if (!daemon->ready && daemon->notify != NULL)
        notify_extend_timeout(daemon->notify, START_STEP_MS);
    daemon_handle(daemon, &event);
}

// ---- Ending

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_all(void *data)
{
    struct daemon *daemon = data;
    if (uv_is_closing((uv_handle_t *)&daemon->wake))
        return;
    close_handle((uv_handle_t *)&daemon->wake);
    close_handle((uv_handle_t *)&daemon->more);
    close_handle((uv_handle_t *)&daemon->tell);
    close_handle((uv_handle_t *)&daemon->role);
    close_handle((uv_handle_t *)&daemon->deadline);
    reporter_close(&daemon->reporter);
    api_status_close(daemon);
    turns_close(&daemon->turns);
    for (size_t i = 0; i < COUNT(signals); i++)
        close_handle((uv_handle_t *)&daemon->signals[i]);
    control_close(daemon->control);
    control_close(daemon->status_port);
    daemon_close_work(daemon);
    notify_close(daemon->notify);
    daemon->notify = NULL;
}

static void deadline_passed(uv_timer_t *timer)
{
    log_message(LOG_LEVEL_WARNING, NULL,
        "requests are still under way after %d s; they are on record and looked after at the next start",
        STOP_WITHIN_MS / 1000);
    close_all(timer->data);
}

void daemon_stop(struct daemon *daemon, int exit_status)
{
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    daemon->exit_status = exit_status;
    counters_event(&daemon->counters, REPORT_STOPPING);
    reporter_say(REPORT_STOPPING, "stopping");
    notify_stopping(daemon->notify);
    struct engine_options options = configuration_engine_options(
        &daemon->configuration, daemon->installation);
    options.concurrent_writes = 0; // what waits to be written goes on waiting
    engine_configure(daemon->engine, &options);
    uv_timer_start(&daemon->deadline, deadline_passed, STOP_WITHIN_MS, 0);
    if (daemon->cloud != NULL)
        cloud_drain(daemon->cloud, close_all, daemon);
    else
        close_all(daemon);
}

static void signalled(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;
    if (number == SIGHUP)
        daemon_reload(daemon);
    else
        daemon_stop(daemon, EXIT_SETTLED);
}

// ---- Beginning

static int open_control(struct daemon *daemon, struct error *error)
{
    const struct configuration *configuration = &daemon->configuration;
    struct control_options options = {
        .socket_path = configuration->control.socket,
        .group = configuration->control.group,
    };
    daemon->control = control_new(&daemon->loop, &options, api_handle, daemon, error);
    if (daemon->control == NULL)
        return -1;
    const char *warning = control_warning(daemon->control);
    if (warning != NULL)
        log_message(LOG_LEVEL_NOTICE, NULL, "%s", warning);
    if (configuration->status.listen == NULL)
        return 0;
    struct control_options port = {.listen = configuration->status.listen};
    daemon->status_port = control_new(&daemon->loop, &port, api_handle_status, daemon, error);
    return daemon->status_port == NULL ? -1 : 0;
}

int daemon_open_directory(struct daemon *daemon, struct error *error)
{
    const struct configuration *configuration = &daemon->configuration;
    struct loader_options options = {
        .directory = configuration->declarations.directory,
        .settle_ms = configuration->declarations.settle_ms.value,
        .rescan_ms = configuration->declarations.rescan_ms.value,
    };
    daemon->loader = loader_new(&daemon->loop, &options, loaded, daemon, error);
    return daemon->loader == NULL ? -1 : 0;
}

int daemon_identify(struct daemon *daemon, struct error *error)
{
    daemon->installation = daemon->configuration.installation != NULL
                               ? memory_text(daemon->configuration.installation)
                               : installation_of_machine(INSTALLATION_MACHINE_ID, error);
    return daemon->installation == NULL ? -1 : 0;
}

// Before all other handles, for only this can fail: the loop's first signal needs descriptors.
static int open_signals(struct daemon *daemon, struct error *error)
{
    for (size_t i = 0; i < COUNT(signals); i++) {
        int result = uv_signal_init(&daemon->loop, &daemon->signals[i]);
        if (result != 0)
            return error_set(
                error, ERROR_SYSTEM, "cannot receive signals: %s", uv_strerror(result));
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], signalled, signals[i]);
    }
    return 0;
}

static void open_handles(struct daemon *daemon)
{
    uv_timer_init(&daemon->loop, &daemon->wake);
    uv_idle_init(&daemon->loop, &daemon->more);
    uv_timer_init(&daemon->loop, &daemon->tell);
    uv_timer_init(&daemon->loop, &daemon->role);
    uv_timer_init(&daemon->loop, &daemon->deadline);
    reporter_start(&daemon->reporter, &daemon->loop, &daemon->counters);
    api_status_start(daemon);
    turns_start(&daemon->turns, &daemon->loop);
    daemon->wake.data = daemon;
    daemon->more.data = daemon;
    daemon->tell.data = daemon;
    daemon->role.data = daemon;
    daemon->deadline.data = daemon;
}

struct engine *daemon_new_engine(const struct daemon *daemon)
{
    struct engine_options options = configuration_engine_options(
        &daemon->configuration, daemon->installation);
    options.seed = (uint64_t)uv_hrtime();
    return engine_new(&options);
}

// With a record that several hosts share, work begins when this one leads. Until then it is ready
// to: nothing else waits for that.
static int open_shared(struct daemon *daemon, struct error *error)
{
    if (daemon_open_record(daemon, error) != 0)
        return -1;
    daemon->cloud = cloud_new(
        &daemon->loop, &daemon->configuration, daemon_gate(daemon), daemon_answered, daemon, error);
    if (daemon->cloud == NULL || open_control(daemon, error) != 0)
        return -1;
    notify_ready(daemon->notify, NULL);
    daemon_tell_status(daemon);
    return 0;
}

static int open_all(struct daemon *daemon, struct error *error)
{
    daemon->engine = daemon_new_engine(daemon);
    daemon->notify = notify_new(&daemon->loop, error);
    if (daemon->notify == NULL)
        return -1;
    if (configuration_is_shared(&daemon->configuration))
        return open_shared(daemon, error);
    daemon->cloud = cloud_new(
        &daemon->loop, &daemon->configuration, daemon_gate(daemon), daemon_answered, daemon, error);
    if (daemon->cloud == NULL)
        return -1;
    if (daemon_open_record(daemon, error) != 0)
        return -1;
    if (open_control(daemon, error) != 0)
        return -1;
    return daemon_open_directory(daemon, error);
}

static void print_problems(const char *path, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        struct text text = {0};
        problem_format(&problems->items[i], path, &text);
        log_message(
            problems->items[i].severity == SEVERITY_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
            NULL, "%s", text_string(&text));
        text_deinit(&text);
    }
}

int daemon_read_configuration(
    const struct options *options, struct configuration *configuration, struct error *error)
{
    struct problem_list problems = {0};
    int result = configuration_read(options->configuration, configuration, &problems, error);
    print_problems(options->configuration, &problems);
    problem_list_deinit(&problems);
    if (result != 0) {
        configuration_deinit(configuration);
        return -1;
    }
    if (options->observe)
        memory_replace_text(&configuration->mode, "observe");
    if (options->log_level != NULL)
        memory_replace_text(&configuration->log.level, options->log_level);
    return 0;
}

void daemon_set_log_level(const struct configuration *configuration)
{
    enum log_level level = LOG_LEVEL_INFO;
    if (log_level_parse(configuration->log.level, &level))
        log_set_level(level);
}

static int run(struct daemon *daemon, struct error *error)
{
    if (daemon_read_configuration(daemon->options, &daemon->configuration, error) != 0)
        return -1;
    daemon_set_log_level(&daemon->configuration);
    if (daemon->options->check_configuration)
        return daemon_check(daemon, error);
    if (daemon->options->migrate_from != NULL)
        return migration_run(&daemon->loop, &daemon->configuration, daemon->options->migrate_from,
            daemon->options->migrate_to, error);
    if (daemon_identify(daemon, error) != 0 || open_signals(daemon, error) != 0)
        return -1;
    open_handles(daemon);
    int result = open_all(daemon, error);
    if (result != 0)
        close_all(daemon);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    return result;
}

int daemon_run(const struct options *options)
{
    struct daemon daemon = {.options = options, .started = clock_now()};
    struct error error = {0};
    // No core dump, and no other process of the same user, sees the secret.
    prctl(PR_SET_DUMPABLE, 0);
    secret_hide_environment();
    signal(SIGXFSZ, SIG_IGN); // a quota that is used up is an error of the record, not the end
    allocators_install();
    int started = uv_loop_init(&daemon.loop);
    int result = started == 0 ? run(&daemon, &error)
                              : error_set(&error, ERROR_SYSTEM, "cannot wait for events: %s",
                                    uv_strerror(started));
    if (result != 0)
        log_message(LOG_LEVEL_ERROR, NULL, "%s", error.message);
    if (started == 0 && uv_loop_close(&daemon.loop) != 0)
        log_message(LOG_LEVEL_ERROR, NULL, "a part of imaged did not close; please report this");
    engine_free(daemon.engine);
    effects_deinit(&daemon.effects);
    reporter_deinit(&daemon.reporter);
    configuration_deinit(&daemon.configuration);
    free(daemon.installation);
    secret_forget_environment();
    return result != 0 ? EXIT_COULD_NOT_RUN : daemon.exit_status;
}
