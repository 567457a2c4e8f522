// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "imaged/api_json.h"
#include "imaged/api_list.h"
#include "imaged/api_plan.h"
#include "imaged/clock.h"
#include "imaged/daemon_state.h"

#define HISTORY_LIMIT 1000

// A request as a route's handler sees it.
struct call {
    struct daemon *daemon;
    struct control_request *request;
    const char *name; // of an image; NULL in routes without one
};

typedef void route_handler(const struct call *call);

static void reply_json(
    const struct call *call, unsigned status, json_t *value, const char *entity_tag)
{
    struct control_answer answer = {
        .status = status,
        .body = json_dumps(value, JSON_COMPACT),
        .entity_tag = entity_tag,
    };
    json_decref(value);
    control_reply(call->request, &answer);
}

// ---- What is

static json_t *fault_or_null(const char *fault)
{
    return api_json_text(fault);
}

static json_t *listed_age(const struct engine_summary *summary)
{
    return summary->cloud_listed ? json_integer(clock_now().monotonic_ms - summary->listed_ms)
                                 : json_null();
}

static bool is_ready(const struct daemon *daemon)
{
    if (daemon->coordinator == NULL)
        return daemon->ready;
    struct election_view view = coordinator_view(daemon->coordinator);
    return view.role == ELECTION_LEADER ? daemon->ready : view.leader != NULL;
}

static json_t *leadership(const struct daemon *daemon)
{
    static const char *const roles[] = {
        [ELECTION_STARTING] = "starting",
        [ELECTION_STANDBY] = "standby",
        [ELECTION_LEADER] = "leader",
    };
    if (daemon->coordinator == NULL)
        return json_null();
    struct election_view view = coordinator_view(daemon->coordinator);
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "role", roles[view.role], "host",
        api_json_text(coordinator_host(daemon->coordinator)), "leader", api_json_text(view.leader),
        "since", api_json_time(view.since_wall_ms), "fault", api_json_text(view.fault));
}

// Where the record is.
static char *record_place(const struct configuration *configuration)
{
    return configuration_is_shared(configuration)
               ? memory_format("etcd:%s", configuration->state.prefix)
               : memory_text(configuration->state.path);
}

static void get_status(const struct call *call)
{
    struct daemon *daemon = call->daemon;
    const struct configuration *configuration = &daemon->configuration;
    struct engine_summary summary = engine_summary(daemon->engine);
    json_t *status = json_pack("{s:s, s:s, s:s, s:b, s:b, s:o, s:I}", "version", PACKAGE_VERSION,
        "installation", daemon->installation, "mode", configuration->mode, "ready",
        is_ready(daemon), "settled", engine_settled(daemon->engine), "started",
        api_json_time(daemon->started.wall_ms), "revision", (json_int_t)summary.revision);
    json_object_set_new(status, "declarations",
        json_pack("{s:o, s:I, s:I, s:I, s:o}", "directory",
            api_json_text(configuration->declarations.directory), "files",
            (json_int_t)summary.declarations.files, "valid", (json_int_t)summary.declarations.valid,
            "invalid", (json_int_t)summary.declarations.invalid, "fault",
            fault_or_null(summary.directory_fault)));
    json_object_set_new(status, "images",
        json_pack("{s:I, s:I, s:I, s:I, s:I}", "total", (json_int_t)summary.total, "pending",
            (json_int_t)summary.states[STATE_PENDING], "available",
            (json_int_t)summary.states[STATE_AVAILABLE], "failed",
            (json_int_t)summary.states[STATE_FAILED], "awaiting_approval",
            (json_int_t)summary.awaiting_approval));
    json_object_set_new(status, "api",
        json_pack("{s:o, s:o, s:b, s:o, s:o}", "host", api_json_text(configuration->numspot.host),
            "space_id", api_json_text(configuration->numspot.space_id), "listed",
            summary.cloud_listed, "listed_age_ms", listed_age(&summary), "fault",
            fault_or_null(summary.api_fault)));
    CLEANUP(memory_free_text) char *place = record_place(configuration);
    json_object_set_new(status, "record",
        json_pack("{s:o, s:o}", "path", api_json_text(place), "fault",
            fault_or_null(summary.record_fault)));
    json_object_set_new(status, "leadership", leadership(daemon));
    reply_json(call, 200, status, NULL);
}

static json_t *image_row(struct engine *engine, const struct image_status *status)
{
    (void)engine;
    return api_json_image(status, clock_now());
}

static void get_images(const struct call *call)
{
    struct engine_summary summary = engine_summary(call->daemon->engine);
    // Another start counts its revisions anew.
    char tag[64];
    snprintf(tag, sizeof(tag), "%llx-%llu", (unsigned long long)call->daemon->started.wall_ms,
        (unsigned long long)summary.revision);
    if (control_has_tag(call->request, tag)) {
        struct control_answer unchanged = {.status = 200, .entity_tag = tag};
        control_reply(call->request, &unchanged);
        return;
    }
    CLEANUP(memory_free_text)
    char *head = memory_format("\"revision\":%llu,", (unsigned long long)summary.revision);
    struct control_parts parts = api_list(call->daemon, head, image_row);
    struct control_answer answer = {.status = 200, .entity_tag = tag, .parts = &parts};
    control_reply(call->request, &answer);
}

static void get_image(const struct call *call)
{
    struct image_status status;
    if (!engine_status(call->daemon->engine, call->name, &status)) {
        control_reply_problem(
            call->request, 404, "no image is declared or on record under this name");
        return;
    }
    struct difference_list differences = {0};
    engine_differences(call->daemon->engine, call->name, &differences);
    json_t *details = api_json_details(&status, &differences, clock_now());
    difference_list_deinit(&differences);
    reply_json(call, 200, details, NULL);
}

static void history_read(const struct history_list *rows, const struct error *error, void *data)
{
    struct control_request *request = data;
    if (error != NULL) {
        control_reply_problem(request, 503, "%s", error->message);
        return;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < rows->count; i++)
        json_array_append_new(items, api_json_history(rows->items[i]));
    struct call call = {.request = request};
    reply_json(&call, 200, json_pack("{s:o}", "items", items), NULL);
}

static void get_history(const struct call *call)
{
    const char *text = control_query(call->request, "limit");
    long limit = text == NULL ? HISTORY_LIMIT : strtol(text, NULL, 10);
    if (limit < 1 || limit > HISTORY_LIMIT) {
        control_reply_problem(call->request, 400, "limit must be from 1 to %d", HISTORY_LIMIT);
        return;
    }
    store_history(recorder_store(call->daemon->recorder), call->name, (size_t)limit, history_read,
        call->request);
}

static void get_plan(const struct call *call)
{
    const char *name = control_query(call->request, "name");
    struct engine *engine = call->daemon->engine;
    struct image_status status;
    if (name == NULL) {
        struct control_parts parts = api_list(call->daemon, "", api_plan_row);
        struct control_answer answer = {.status = 200, .parts = &parts};
        control_reply(call->request, &answer);
    } else if (engine_status(engine, name, &status)) {
        reply_json(call, 200, json_pack("{s:[o]}", "items", api_plan_row(engine, &status)), NULL);
    } else {
        control_reply_problem(
            call->request, 404, "no image is declared or on record under this name");
    }
}

static void post_plan(const struct call *call)
{
    size_t length = 0;
    const char *body = control_body(call->request, &length);
    struct error error = {0};
    json_t *plan = api_plan_documents(call->daemon->engine, body, length, &error);
    if (plan == NULL)
        control_reply_problem(call->request, 422, "%s", error.message);
    else
        reply_json(call, 200, plan, NULL);
}

static void get_cloud_image(const struct call *call)
{
    const struct packed *live = engine_seen(call->daemon->engine, call->name);
    if (live == NULL)
        control_reply_problem(call->request, 404,
            "the last look at the cloud showed no image of this id; `imagectl refresh --all` looks again");
    else
        reply_json(call, 200, api_json_live(live), NULL);
}

// ---- What operators ask for

static void command(const struct call *call, enum command_kind kind)
{
    if (call->name != NULL && !engine_knows(call->daemon->engine, call->name)) {
        control_reply_problem(
            call->request, 404, "no image is declared or on record under this name");
        return;
    }
    struct command wanted = {.kind = kind, .name = call->name, .by = control_peer(call->request)};
    struct event event = {.kind = EVENT_COMMAND, .command = &wanted};
    daemon_handle(call->daemon, &event);
    reply_json(call, 202, json_pack("{s:b}", "accepted", 1), NULL);
}

static void post_retry(const struct call *call)
{
    command(call, COMMAND_RETRY);
}

static void post_refresh(const struct call *call)
{
    command(call, COMMAND_REFRESH);
}

static void post_suspend(const struct call *call)
{
    command(call, COMMAND_SUSPEND);
}

static void post_resume(const struct call *call)
{
    command(call, COMMAND_RESUME);
}

static void post_approve(const struct call *call)
{
    command(call, COMMAND_APPROVE);
}

// ---- Routes

// `NAME` stands for one path segment: an image's name.
static const struct route {
    const char *method;
    const char *segments[4];
    route_handler *handler;
    enum { SOCKET, SOCKET_AND_PORT } served; // the loopback port shows less
    enum { LEADING, ALWAYS } when;           // a host that stands by knows no images
} routes[] = {
    {"GET", {"v1", "status"}, get_status, SOCKET_AND_PORT, ALWAYS},
    {"GET", {"v1", "images"}, get_images, SOCKET_AND_PORT, ALWAYS},
    {"GET", {"v1", "images", "NAME"}, get_image, SOCKET_AND_PORT, LEADING},
    {"GET", {"v1", "images", "NAME", "history"}, get_history, SOCKET_AND_PORT, LEADING},
    {"GET", {"v1", "history"}, get_history, SOCKET_AND_PORT, LEADING},
    {"GET", {"v1", "plan"}, get_plan, SOCKET, LEADING},
    {"POST", {"v1", "plan"}, post_plan, SOCKET, LEADING},
    {"GET", {"v1", "cloud", "images", "NAME"}, get_cloud_image, SOCKET, LEADING},
    {"POST", {"v1", "images", "NAME", "retry"}, post_retry, SOCKET, LEADING},
    {"POST", {"v1", "images", "NAME", "refresh"}, post_refresh, SOCKET, LEADING},
    {"POST", {"v1", "images", "NAME", "suspend"}, post_suspend, SOCKET, LEADING},
    {"POST", {"v1", "images", "NAME", "resume"}, post_resume, SOCKET, LEADING},
    {"POST", {"v1", "images", "NAME", "approve"}, post_approve, SOCKET, LEADING},
    {"POST", {"v1", "retry"}, post_retry, SOCKET, LEADING},
    {"POST", {"v1", "refresh"}, post_refresh, SOCKET, LEADING},
    {"POST", {"v1", "suspend"}, post_suspend, SOCKET, LEADING},
    {"POST", {"v1", "resume"}, post_resume, SOCKET, LEADING},
    {"POST", {"v1", "approve"}, post_approve, SOCKET, LEADING},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool matches(
    const struct route *route, const struct control_request *request, const char **name)
{
    size_t count = control_segment_count(request);
    for (size_t i = 0; i < COUNT(route->segments); i++) {
        const char *wanted = route->segments[i];
        if ((wanted == NULL) != (i >= count))
            return false;
        if (wanted == NULL)
            return true;
        const char *segment = control_segment(request, i);
        if (strcmp(wanted, "NAME") == 0)
            *name = segment;
        else if (strcmp(wanted, segment) != 0)
            return false;
    }
    return count <= COUNT(route->segments);
}

static void refuse_standing_by(const struct call *call)
{
    struct election_view view = coordinator_view(call->daemon->coordinator);
    if (view.leader == NULL)
        control_reply_problem(call->request, 503, "this host stands by, and none is known to lead");
    else if (view.role == ELECTION_LEADER)
        control_reply_problem(
            call->request, 503, "this host leads since a moment ago, and reads the record");
    else
        control_reply_problem(
            call->request, 503, "this host stands by: %s leads; ask there", view.leader);
}

static void handle(struct control_request *request, struct daemon *daemon, bool on_port)
{
    struct call call = {.daemon = daemon, .request = request};
    const struct route *other = NULL;
    for (size_t i = 0; i < COUNT(routes); i++) {
        const char *name = NULL;
        if ((on_port && routes[i].served == SOCKET) || !matches(&routes[i], request, &name))
            continue;
        if (strcmp(routes[i].method, control_method(request)) == 0) {
            call.name = name;
            if (daemon->work == WORK_GOES_ON || routes[i].when == ALWAYS)
                routes[i].handler(&call);
            else
                refuse_standing_by(&call);
            return;
        }
        other = &routes[i];
    }
    if (other != NULL)
        control_reply_method(request, other->method);
    else
        control_reply_problem(request, 404, "nothing is served at %s", control_path(request));
}

void api_handle(struct control_request *request, void *daemon)
{
    handle(request, daemon, false);
}

void api_handle_looking(struct control_request *request, void *daemon)
{
    handle(request, daemon, true);
}
