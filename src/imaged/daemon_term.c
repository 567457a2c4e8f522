// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// When this host works: always, with a record of its own; with one that several share, for as long
// as it leads. A term begins with reading the whole record and ends with forgetting all that was in
// memory: what another leader does meanwhile, this one knows nothing of.
#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "imaged/daemon_state.h"
#include "imaged/reporter.h"
#include "io/log.h"
#include "io/store_sqlite.h"

#define READ_AGAIN_MS 1000

// ---- Beginning

static void recorded(uint64_t serial, const struct error *error, void *data)
{
    struct daemon *daemon = data;
    if (daemon->closing)
        return;
    if (error != NULL && daemon->coordinator != NULL && daemon->work == WORK_GOES_ON &&
        store_etcd_deposed(recorder_store(daemon->recorder)))
        coordinator_lost(daemon->coordinator, daemon->fence, error->message);
    struct event event = {.kind = EVENT_COMMITTED, .serial = serial};
    if (error != NULL)
        event = (struct event){.kind = EVENT_COMMIT_FAILED, .text = error->message};
    daemon_handle(daemon, &event);
}

// Half a record may lack the intent of an image that was made.
static int check_finished(const struct store_state *state, struct error *error)
{
    const char *from = tag_list_find(&state->settings, STORE_SETTING_UNFINISHED);
    if (from == NULL)
        return 0;
    return error_set(error, ERROR_REFUSED,
        "the record was not moved to the end: what came from %s may be half of it; remove what is here and repeat --migrate-state",
        from);
}

// Takes over the store.
static int take_record(struct daemon *daemon, struct store *store, struct error *error)
{
    struct record_list records = {0};
    struct store_state state = {0};
    daemon->work = WORK_GOES_ON;
    daemon->recorder = recorder_new(&daemon->loop, store, recorded, daemon);
    int result = store_load(store, &records, &state, error);
    if (result == 0)
        result = check_finished(&state, error);
    if (result == 0) {
        struct event event = {.kind = EVENT_LOADED};
        event.loaded.records = &records;
        event.loaded.deletions = tag_list_find(&state.settings, ENGINE_SETTING_DELETIONS);
        daemon_handle(daemon, &event);
    }
    record_list_deinit(&records);
    store_state_deinit(&state);
    return result;
}

int daemon_open_record(struct daemon *daemon, struct error *error)
{
    struct store *store = NULL;
    if (configuration_is_shared(&daemon->configuration)) {
        daemon->coordinator = coordinator_new(
            &daemon->loop, &daemon->configuration, daemon_role_changed, daemon, error);
        return daemon->coordinator == NULL ? -1 : 0;
    }
    if (store_open_sqlite(&daemon->loop, daemon->configuration.state.path, &store, error) != 0)
        return -1;
    return take_record(daemon, store, error);
}

static void give_up(struct daemon *daemon, const struct error *error)
{
    log_message(LOG_LEVEL_ERROR, NULL, "%s", error->message);
    daemon_stop(daemon, EXIT_COULD_NOT_RUN);
}

static void follow_role(uv_timer_t *timer);

static void follow_soon(struct daemon *daemon, uint64_t after_ms)
{
    if (!uv_is_closing((uv_handle_t *)&daemon->role))
        uv_timer_start(&daemon->role, follow_role, after_ms, 0);
}

static void drop_opening(struct daemon *daemon)
{
    store_etcd_depose(daemon->opening);
    store_close(daemon->opening);
    daemon->opening = NULL;
    daemon->work = WORK_NONE;
}

// The record is read: the engine has it, and then the directory.
static void record_opened(const struct error *error, void *data)
{
    struct daemon *daemon = data;
    struct error own = {0};
    if (error == NULL) {
        struct store *store = daemon->opening;
        daemon->opening = NULL;
        if (take_record(daemon, store, &own) != 0 || daemon_open_directory(daemon, &own) != 0)
            give_up(daemon, &own);
        return;
    }
    drop_opening(daemon);
    if (error->code == ERROR_BUSY) {
        coordinator_lost(daemon->coordinator, daemon->fence, error->message);
    } else if (error->code == ERROR_UNAVAILABLE) {
        log_message(LOG_LEVEL_WARNING, NULL, "%s; trying again", error->message);
        follow_soon(daemon, READ_AGAIN_MS);
    } else {
        give_up(daemon, error);
    }
}

static void begin_term(struct daemon *daemon, int64_t fence)
{
    daemon->fence = fence;
    daemon->work = WORK_BEGINS;
    daemon->opening = coordinator_open_store(daemon->coordinator, record_opened, daemon);
}

// ---- Ending

// A request of one term does not leave in another, should this host lead again by then.
static bool is_sure(void *data)
{
    const struct daemon *daemon = data;
    return daemon->work == WORK_GOES_ON && coordinator_is_sure(daemon->coordinator, daemon->fence);
}

struct cloud_gate daemon_gate(struct daemon *daemon)
{
    struct cloud_gate gate = {0};
    if (daemon->coordinator != NULL)
        gate = (struct cloud_gate){is_sure, daemon};
    return gate;
}

static int start_afresh(struct daemon *daemon, struct error *error)
{
    engine_free(daemon->engine);
    daemon->engines++;
    effects_clear(&daemon->effects);
    daemon->engine = daemon_new_engine(daemon);
    daemon->cloud = cloud_new(
        &daemon->loop, &daemon->configuration, daemon_gate(daemon), daemon_answered, daemon, error);
    return daemon->cloud == NULL ? -1 : 0;
}

static void part_ended(void *data)
{
    struct daemon *daemon = data;
    struct error error = {0};
    if (--daemon->parts_ending > 0)
        return;
    daemon->work = WORK_NONE;
    daemon->recorder = NULL;
    if (daemon->stopping)
        daemon_leave(daemon);
    else if (start_afresh(daemon, &error) != 0)
        give_up(daemon, &error);
    else
        follow_soon(daemon, 0);
}

static void cloud_ended(void *data)
{
    struct daemon *daemon = data;
    recorder_close(daemon->recorder, part_ended, daemon);
}

// Nothing is asked any more, nothing is stored, and what still comes is not listened to.
static void end_term(struct daemon *daemon)
{
    daemon->work = WORK_ENDS;
    daemon->ready = false;
    daemon->fault_since_ms = 0;
    daemon->parts_ending = 2;
    daemon->told_of_directory = false;
    uv_timer_stop(&daemon->wake);
    uv_idle_stop(&daemon->more);
    store_etcd_depose(recorder_store(daemon->recorder));
    loader_close(daemon->loader, part_ended, daemon);
    daemon->loader = NULL;
    cloud_close(daemon->cloud, cloud_ended, daemon);
    daemon->cloud = NULL;
}

// ---- Following the role

static const char *fault_or(const struct election_view *view, const char *otherwise)
{
    return view->fault != NULL ? view->fault : otherwise;
}

static void say(struct daemon *daemon, enum report_kind kind, const char *text)
{
    counters_event(&daemon->counters, kind);
    reporter_say(kind, "%s", text);
}

// Each change is told once.
static void tell_changes(struct daemon *daemon, const struct election_view *view)
{
    struct told *told = &daemon->told;
    CLEANUP(memory_free_text) char *text = NULL;
    bool led = told->fence != 0;
    bool lost = led && view->fence != told->fence;
    if (lost) {
        text = memory_format("%s no longer leads: %s", coordinator_host(daemon->coordinator),
            fault_or(view, "another host has taken over"));
        say(daemon, REPORT_LOST_LEADERSHIP, text);
    } else if (view->fault != NULL && !told->faulty) {
        text = memory_format("etcd cannot be asked: %s", view->fault);
        say(daemon, REPORT_ETCD_FAULT, text);
    } else if (view->fault == NULL && told->faulty) {
        say(daemon, REPORT_ETCD_RECOVERED, "etcd answers again");
    }
    free(text);
    text = NULL;
    if (view->role == ELECTION_LEADER && view->fence != told->fence) {
        text = memory_format("%s leads since now", coordinator_host(daemon->coordinator));
        say(daemon, REPORT_BECAME_LEADER, text);
    } else if (view->role == ELECTION_STANDBY && view->leader != NULL &&
               !text_equal(view->leader, told->leader)) {
        text = memory_format(
            "%s stands by: %s leads", coordinator_host(daemon->coordinator), view->leader);
        say(daemon, REPORT_STANDING_BY, text);
    }
    told->fence = view->fence;
    told->faulty = view->fault != NULL;
    memory_replace_text(&told->leader, view->role == ELECTION_STANDBY ? view->leader : NULL);
}

// With --once there is nothing to stand by for.
static void judge_once(struct daemon *daemon, const struct election_view *view)
{
    struct error error = {0};
    if (!daemon->options->once || view->role != ELECTION_STANDBY || view->leader == NULL)
        return;
    error_set(
        &error, ERROR_BUSY, "giving up: %s leads, and does what there is to do", view->leader);
    give_up(daemon, &error);
}

static void follow_role(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    struct election_view view = coordinator_view(daemon->coordinator);
    tell_changes(daemon, &view);
    daemon_tell_status(daemon);
    if (daemon->stopping)
        return;
    if (daemon->work == WORK_GOES_ON && view.fence != daemon->fence)
        end_term(daemon);
    if (daemon->work == WORK_BEGINS && view.fence != daemon->fence)
        drop_opening(daemon);
    if (daemon->work == WORK_NONE && view.role == ELECTION_LEADER)
        begin_term(daemon, view.fence);
    judge_once(daemon, &view);
}

// From within the election's own calls: what follows from it comes with the loop's next turn. What
// must not wait does not: the gate to the cloud asks the election itself.
void daemon_role_changed(void *data)
{
    follow_soon(data, 0);
}

// ---- Stopping

static void left(void *data)
{
    struct daemon *daemon = data;
    daemon->coordinator = NULL;
    free(daemon->told.leader);
    daemon->told.leader = NULL;
}

void daemon_leave(void *data)
{
    struct daemon *daemon = data;
    struct coordinator *coordinator = daemon->coordinator;
    if (daemon->leaving)
        return;
    daemon->leaving = true;
    coordinator_close(coordinator, left, daemon);
}

// The last answers are in: what they said becomes durable before the record is closed.
static void cloud_closed(void *data)
{
    struct daemon *daemon = data;
    daemon->closing = true;
    reporter_flush(&daemon->reporter);
    recorder_close(daemon->recorder, daemon_leave, daemon);
}

void daemon_close_work(struct daemon *daemon)
{
    if (daemon->work == WORK_ENDS)
        return; // part_ended goes on
    if (daemon->work == WORK_BEGINS)
        drop_opening(daemon);
    loader_close(daemon->loader, NULL, NULL);
    cloud_close(daemon->cloud, cloud_closed, daemon);
}
