// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/memory.h"
#include "imaged/clock.h"
#include "imaged/coordinator.h"
#include "imaged/secret.h"
#include "io/http.h"

#define CONNECT_TIMEOUT_PARTS 5 // of the lease's time, as for a renewal

struct coordinator {
    uv_loop_t *loop;
    uv_timer_t timer;
    struct http **members;
    size_t member_count;
    size_t open; // of members and the timer
    struct cluster *cluster;
    struct election *election;
    char *host;
    char *prefix;
    char *password_file;
    int64_t ttl_ms;
    coordinator_changed *changed;
    void *data;
    bool closing;
    void (*closed)(void *data);
    void *closed_data;
};

// ---- Driving the election

static void due(uv_timer_t *timer);

static void arm(struct coordinator *coordinator)
{
    if (!coordinator->closing)
        uv_timer_start(
            &coordinator->timer, due, clock_wait_ms(election_next_wake(coordinator->election)), 0);
}

static void due(uv_timer_t *timer)
{
    struct coordinator *coordinator = timer->data;
    election_wake(coordinator->election);
    arm(coordinator);
}

static void received(struct transfer_result *result, void *data)
{
    struct coordinator *coordinator = data;
    if (coordinator->cluster == NULL)
        return;
    cluster_receive(coordinator->cluster, result);
    arm(coordinator);
}

static void send_to(size_t member, struct transfer *transfer, void *data)
{
    struct coordinator *coordinator = data;
    http_send(coordinator->members[member], transfer, received, coordinator);
}

static char *password(struct error *error, void *data)
{
    const struct coordinator *coordinator = data;
    return secret_read_file("etcd password", coordinator->password_file, error);
}

static struct instant now(void *data)
{
    (void)data;
    return clock_now();
}

static void election_changed(void *data)
{
    struct coordinator *coordinator = data;
    coordinator->changed(coordinator->data);
}

// ---- Ending

static void release(struct coordinator *coordinator)
{
    if (--coordinator->open > 0)
        return;
    void (*closed)(void *) = coordinator->closed;
    void *data = coordinator->closed_data;
    free(coordinator->members);
    free(coordinator->host);
    free(coordinator->prefix);
    free(coordinator->password_file);
    free(coordinator);
    if (closed != NULL)
        closed(data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_member_closed(void *data)
{
    release(data);
}

static void close_all(void *data)
{
    struct coordinator *coordinator = data;
    election_free(coordinator->election);
    cluster_free(coordinator->cluster);
    coordinator->election = NULL;
    coordinator->cluster = NULL;
    for (size_t i = 0; i < coordinator->member_count; i++)
        http_close(coordinator->members[i], on_member_closed, coordinator);
    uv_close((uv_handle_t *)&coordinator->timer, on_timer_closed);
}

// The election is within its own call: it goes with the loop's next turn.
static void resigned_due(uv_timer_t *timer)
{
    close_all(timer->data);
}

static void resigned(void *data)
{
    struct coordinator *coordinator = data;
    uv_timer_start(&coordinator->timer, resigned_due, 0, 0);
}

void coordinator_close(struct coordinator *coordinator, void (*closed)(void *data), void *data)
{
    if (coordinator == NULL) {
        if (closed != NULL)
            closed(data);
        return;
    }
    coordinator->closing = true;
    coordinator->closed = closed;
    coordinator->closed_data = data;
    uv_timer_stop(&coordinator->timer);
    election_resign(coordinator->election, resigned, coordinator);
}

// ---- Beginning

static char *name_of_host(const struct configuration *configuration, struct error *error)
{
    char name[256] = "";
    if (configuration->state.host != NULL)
        return memory_text(configuration->state.host);
    if (gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0')
        return memory_text(name);
    error_set_errno(error, ERROR_SYSTEM, errno, "this host has no name; give state.host");
    return NULL;
}

static int open_members(
    struct coordinator *coordinator, const struct configuration *configuration, struct error *error)
{
    const struct text_list *endpoints = &configuration->state.endpoints;
    coordinator->members = memory_new(endpoints->count, sizeof(struct http *));
    for (size_t i = 0; i < endpoints->count; i++) {
        struct http_options options = {
            .base_url = endpoints->items[i],
            .ca_file = configuration->state.ca_file,
            .certificate = configuration->state.certificate,
            .key = configuration->state.key,
            .direct = true,
            .user_agent = "imaged/" PACKAGE_VERSION,
            .connect_timeout_ms = coordinator->ttl_ms / CONNECT_TIMEOUT_PARTS,
            .stall_timeout_ms = coordinator->ttl_ms, // a watch says nothing for long
        };
        coordinator->members[i] = http_new(coordinator->loop, &options, error);
        if (coordinator->members[i] == NULL)
            return error_prefix(
                error, "state.endpoints (%s), ca_file, certificate or key", endpoints->items[i]);
        coordinator->member_count++;
        coordinator->open++;
    }
    return 0;
}

static void join(struct coordinator *coordinator, const struct configuration *configuration)
{
    struct cluster_options cluster = {
        .member_count = coordinator->member_count,
        .user = configuration->state.user,
        .password = password,
        .send = send_to,
        .data = coordinator,
    };
    coordinator->cluster = cluster_new(&cluster);
    struct election_options election = {
        .cluster = coordinator->cluster,
        .prefix = coordinator->prefix,
        .host = coordinator->host,
        .ttl_ms = coordinator->ttl_ms,
        .now = now,
        .changed = election_changed,
        .data = coordinator,
    };
    coordinator->election = election_new(&election);
}

struct coordinator *coordinator_new(uv_loop_t *loop, const struct configuration *configuration,
    coordinator_changed *changed, void *data, struct error *error)
{
    struct coordinator *coordinator = memory_new(1, sizeof(*coordinator));
    coordinator->loop = loop;
    coordinator->changed = changed;
    coordinator->data = data;
    coordinator->ttl_ms = configuration->state.ttl_ms.value;
    coordinator->prefix = memory_text(configuration->state.prefix);
    coordinator->password_file = memory_text(configuration->state.password_file);
    coordinator->host = name_of_host(configuration, error);
    uv_timer_init(loop, &coordinator->timer);
    coordinator->timer.data = coordinator;
    coordinator->open = 1;
    if (coordinator->host == NULL || open_members(coordinator, configuration, error) != 0) {
        coordinator->closing = true;
        close_all(coordinator);
        return NULL;
    }
    join(coordinator, configuration);
    uv_timer_start(&coordinator->timer, due, 0, 0);
    return coordinator;
}

static void nothing_changed(void *data)
{
    (void)data;
}

int coordinator_check(
    uv_loop_t *loop, const struct configuration *configuration, struct error *error)
{
    struct coordinator *coordinator = coordinator_new(
        loop, configuration, nothing_changed, NULL, error);
    coordinator_close(coordinator, NULL, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    return coordinator == NULL ? -1 : 0;
}

// ---- For the daemon

const char *coordinator_host(const struct coordinator *coordinator)
{
    return coordinator->host;
}

struct election_view coordinator_view(const struct coordinator *coordinator)
{
    return election_view(coordinator->election);
}

bool coordinator_is_sure(const struct coordinator *coordinator, int64_t fence)
{
    return coordinator->election != NULL && election_view(coordinator->election).fence == fence &&
           election_is_sure(coordinator->election, clock_now().monotonic_ms);
}

struct store *coordinator_open_store(
    struct coordinator *coordinator, store_etcd_opened *opened, void *data)
{
    struct store_etcd_options options = {
        .cluster = coordinator->cluster,
        .prefix = coordinator->prefix,
        .fence = election_view(coordinator->election).fence,
        .timeout_ms = coordinator->ttl_ms / 2,
    };
    return store_etcd_open(coordinator->loop, &options, opened, data);
}

void coordinator_lost(struct coordinator *coordinator, int64_t fence, const char *why)
{
    election_lost(coordinator->election, fence, why);
    arm(coordinator);
}
