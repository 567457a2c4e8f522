// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "imaged/api_status.h"
#include "imaged/page.h"

// Changes are told this far apart, however many there are.
#define FOLLOW_EVERY_MS 250

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// ---- Following changes

// Where the daemon stands: a browser that sees another start, or another revision, asks anew.
static char *position(const struct daemon *daemon)
{
    return memory_format("event: revision\ndata: {\"start\":%lld,\"revision\":%llu}\n\n",
        (long long)daemon->started.wall_ms, (unsigned long long)engine_revision(daemon->engine));
}

static void look_for_changes(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (control_stream_count(daemon->status_port) == 0) {
        uv_timer_stop(timer);
        return;
    }
    if (engine_revision(daemon->engine) == daemon->followed_revision)
        return;
    CLEANUP(memory_free_text) char *text = position(daemon);
    control_broadcast(daemon->status_port, text);
    daemon->followed_revision = engine_revision(daemon->engine);
}

void api_status_start(struct daemon *daemon)
{
    uv_timer_init(&daemon->loop, &daemon->follow);
    daemon->follow.data = daemon;
}

void api_status_close(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&daemon->follow, NULL);
}

// The first text tells where things stand, so that nothing is missed between the page's first look
// and this.
static void follow(struct control_request *request, struct daemon *daemon)
{
    CLEANUP(memory_free_text) char *text = position(daemon);
    CLEANUP(memory_free_text) char *first = memory_format("retry: 3000\n%s", text);
    control_reply_stream(request, first);
    if (!uv_is_closing((uv_handle_t *)&daemon->follow) &&
        !uv_is_active((uv_handle_t *)&daemon->follow)) {
        daemon->followed_revision = engine_revision(daemon->engine);
        uv_timer_start(&daemon->follow, look_for_changes, FOLLOW_EVERY_MS, FOLLOW_EVERY_MS);
    }
}

// ---- The page

static void show_page(struct control_request *request, struct daemon *daemon)
{
    (void)daemon;
    const struct control_header headers[] = {
        {"Content-Security-Policy", page_policy},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"X-Frame-Options", "DENY"},
    };
    struct control_answer answer = {
        .status = 200,
        .content_type = "text/html; charset=utf-8",
        .body = memory_text_n(page_html, page_html_length),
        .length = page_html_length,
        .headers = headers,
        .header_count = COUNT(headers),
    };
    control_reply(request, &answer);
}

// ---- Health, for load balancers and probes

static void reply_text(struct control_request *request, unsigned status, const char *text)
{
    struct control_answer answer = {
        .status = status,
        .content_type = "text/plain; charset=utf-8",
        .body = memory_format("%s\n", text),
    };
    control_reply(request, &answer);
}

static void show_health(struct control_request *request, struct daemon *daemon)
{
    (void)daemon;
    reply_text(request, 200, "ok");
}

static void show_readiness(struct control_request *request, struct daemon *daemon)
{
    struct engine_summary summary = engine_summary(daemon->engine);
    if (daemon->work != WORK_GOES_ON) {
        struct election_view view = coordinator_view(daemon->coordinator);
        bool follows = view.role == ELECTION_STANDBY && view.leader != NULL && view.fault == NULL;
        reply_text(request, follows ? 200 : 503,
            follows              ? "standby"
            : view.fault != NULL ? view.fault
                                 : "not leading yet");
        return;
    }
    const char *fault = summary.directory_fault != NULL ? summary.directory_fault
                        : summary.record_fault != NULL  ? summary.record_fault
                                                        : summary.api_fault;
    if (fault != NULL)
        reply_text(request, 503, fault);
    else if (!summary.directory_read || !summary.cloud_listed)
        reply_text(request, 503, "not read yet");
    else
        reply_text(request, 200, "ready");
}

// ---- Paths

static const struct {
    const char *path;
    void (*show)(struct control_request *request, struct daemon *daemon);
} paths[] = {
    {"/", show_page},
    {"/events", follow},
    {"/healthz", show_health},
    {"/metrics", api_status_metrics},
    {"/readyz", show_readiness},
};

void api_handle_status(struct control_request *request, void *data)
{
    struct daemon *daemon = data;
    for (size_t i = 0; i < COUNT(paths); i++)
        if (strcmp(paths[i].path, control_path(request)) == 0) {
            paths[i].show(request, daemon);
            return;
        }
    api_handle_looking(request, daemon);
}
