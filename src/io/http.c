// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

#include "core/memory.h"
#include "io/http.h"
#include "io/http_exchange.h"
#include "io/http_memory.h"
#include "io/http_poll.h"
#include "io/http_request.h"

#define DEFAULT_CONNECT_TIMEOUT_MS 10000
#define DEFAULT_REQUEST_TIMEOUT_MS 60000
#define DEFAULT_STALL_TIMEOUT_MS   15000
#define DEFAULT_HEADER_LIMIT_BYTES (64 * 1024)

#define REVOCATIONS "-----BEGIN X509 CRL-----"

// How often pauses are looked for, within the stall limit.
#define SWEEPS_PER_STALL 8

struct http {
    struct http_settings settings;
    // A write goes over HTTP/1.1, and libcurl would let a read have such a connection although
    // HTTP/2 is to be had: so each kind has connections of its own.
    struct http_poll *reads;
    struct http_poll *writes;
    struct http_exchange *active;   // in libcurl's hands
    struct http_exchange *finished; // their callbacks are due
    struct http_counts counts;
    size_t in_flight;
    uv_timer_t deliver; // runs out at once: callbacks are made from the loop only
    uv_timer_t sweep;   // ticks while something is active
    bool closing;
    unsigned open; // of deliver, sweep and both polls
    http_closed_callback *closed;
    void *closed_data;
};

static void release(struct http *http)
{
    if (--http->open > 0)
        return;
    http_closed_callback *closed = http->closed;
    void *data = http->closed_data;
    http_address_deinit(&http->settings.address);
    free(http->settings.ca_file);
    free(http->settings.certificate);
    free(http->settings.key);
    free(http->settings.proxy);
    free(http->settings.user_agent);
    free(http);
    curl_global_cleanup();
    if (closed != NULL)
        closed(data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_poll_closed(void *data)
{
    release(data);
}

static void count(struct http *http, enum transport transport)
{
    switch (transport) {
    case TRANSPORT_ANSWERED:
        http->counts.answered++;
        break;
    case TRANSPORT_NOT_SENT:
        http->counts.not_sent++;
        break;
    case TRANSPORT_LOST:
        http->counts.lost++;
        break;
    }
}

static void on_deliver(uv_timer_t *timer)
{
    struct http *http = timer->data;
    // What callbacks add is for the next turn, or one that always sends again would hold up the
    // loop.
    struct http_exchange *due = http->finished;
    http->finished = NULL;
    while (due != NULL) {
        struct http_exchange *exchange = due;
        DL_DELETE(due, exchange);
        http->in_flight--;
        exchange->callback(&exchange->result, exchange->data);
        http_exchange_free(exchange);
    }
    if (http->closing && http->in_flight == 0) {
        http_poll_close(http->reads, on_poll_closed, http);
        http_poll_close(http->writes, on_poll_closed, http);
        uv_close((uv_handle_t *)&http->deliver, on_timer_closed);
        uv_close((uv_handle_t *)&http->sweep, on_timer_closed);
    }
}

static void schedule_delivery(struct http *http)
{
    uv_timer_start(&http->deliver, on_deliver, 0, 0);
}

// The exchange is in no list, and not in libcurl's hands.
static void finish(struct http *http, struct http_exchange *exchange, CURLcode code)
{
    http_exchange_finish(exchange, code, &http->counts.connections);
    count(http, exchange->result.transport);
    DL_APPEND(http->finished, exchange);
    schedule_delivery(http);
}

static void on_done(CURL *easy, CURLcode code, void *data)
{
    struct http *http = data;
    struct http_exchange *exchange = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
    DL_DELETE(http->active, exchange);
    if (http->active == NULL)
        uv_timer_stop(&http->sweep);
    finish(http, exchange, code);
}

static struct http_poll *poll_of(const struct http *http, const struct http_exchange *exchange)
{
    return http_request_is_read(exchange->transfer) ? http->reads : http->writes;
}

static void break_off(struct http *http, struct http_exchange *exchange, enum http_break broken)
{
    exchange->broken = broken;
    http_poll_remove(poll_of(http, exchange), exchange->easy);
    on_done(exchange->easy, CURLE_ABORTED_BY_CALLBACK, http);
}

// Only answers that have begun: how long a server thinks is limited by the whole exchange's time.
static void on_sweep(uv_timer_t *timer)
{
    struct http *http = timer->data;
    uint64_t now = uv_hrtime();
    struct http_exchange *exchange, *next;
    DL_FOREACH_SAFE(http->active, exchange, next) {
        uint64_t pause_ms = (now - exchange->last_byte_ns) / 1000000;
        if (exchange->answer_begun && pause_ms >= http->settings.stall_timeout_ms)
            break_off(http, exchange, HTTP_BREAK_STALL);
    }
}

static int check_file(const char *what, const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        enum error_code code = errno == ENOENT ? ERROR_NOT_FOUND : ERROR_REFUSED;
        return error_set_errno(error, code, errno, "%s %s cannot be read", what, path);
    }
    struct stat status;
    int result = fstat(fd, &status);
    close(fd);
    if (result != 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "%s %s is not a file", what, path);
    return 0;
}

// Whether it holds revocation lists beside its authorities. libcurl heeds them only when told.
static bool has_revocations(const char *path)
{
    bool found = false;
    char *line = NULL;
    size_t size = 0;
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    while (file != NULL && !found && getline(&line, &size, file) >= 0)
        found = strncmp(line, REVOCATIONS, strlen(REVOCATIONS)) == 0;
    free(line);
    if (file != NULL)
        fclose(file);
    return found;
}

static int check_options(const struct http_options *options, struct error *error)
{
    if (options->connect_timeout_ms < 0 || options->request_timeout_ms < 0 ||
        options->stall_timeout_ms < 0)
        return error_set(error, ERROR_INVALID, "a time limit is negative");
    if (options->ca_file != NULL && check_file("ca_file", options->ca_file, error) != 0)
        return -1;
    if (options->certificate != NULL && check_file("certificate", options->certificate, error) != 0)
        return -1;
    if (options->key != NULL && check_file("key", options->key, error) != 0)
        return -1;
    if (options->proxy != NULL && options->proxy[0] != '\0')
        return http_proxy_check(options->proxy, error);
    return 0;
}

static long limit_or(int64_t limit_ms, long fallback_ms)
{
    if (limit_ms == 0)
        return fallback_ms;
    return limit_ms > INT_MAX ? INT_MAX : (long)limit_ms;
}

static void take_settings(struct http_settings *settings, const struct http_options *options)
{
    const char *agent = options->user_agent;
    bool has_proxy = options->proxy != NULL && options->proxy[0] != '\0';
    settings->ca_file = memory_text(options->ca_file);
    settings->direct = options->direct;
    settings->certificate = memory_text(options->certificate);
    settings->key = memory_text(options->key);
    settings->may_send = options->may_send;
    settings->may_send_data = options->may_send_data;
    settings->ca_revokes = has_revocations(options->ca_file);
    settings->proxy = has_proxy ? memory_text(options->proxy) : NULL;
    settings->user_agent = memory_text(agent == NULL ? "imaged" : agent);
    settings->connect_timeout_ms = limit_or(
        options->connect_timeout_ms, DEFAULT_CONNECT_TIMEOUT_MS);
    settings->request_timeout_ms = limit_or(
        options->request_timeout_ms, DEFAULT_REQUEST_TIMEOUT_MS);
    settings->stall_timeout_ms = (uint64_t)limit_or(
        options->stall_timeout_ms, DEFAULT_STALL_TIMEOUT_MS);
    settings->header_limit_bytes = options->header_limit_bytes == 0 ? DEFAULT_HEADER_LIMIT_BYTES
                                                                    : options->header_limit_bytes;
}

static void ignore_sigpipe(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

// When only the first of them could be made, that closes itself, and frees what it belongs to.
static int open_polls(struct http *http, uv_loop_t *loop, struct error *error)
{
    http->reads = http_poll_new(loop, on_done, http, error);
    if (http->reads == NULL) {
        http->open = 1;
        release(http);
        return -1;
    }
    http->writes = http_poll_new(loop, on_done, http, error);
    if (http->writes == NULL) {
        http->open = 1;
        http_poll_close(http->reads, on_poll_closed, http);
        return -1;
    }
    return 0;
}

struct http *http_new(uv_loop_t *loop, const struct http_options *options, struct error *error)
{
    struct http_address address = {0};
    if (check_options(options, error) != 0 ||
        http_address_init(&address, options->base_url, error) != 0)
        return NULL;
    if (http_memory_init() != CURLE_OK) {
        error_set(error, ERROR_SYSTEM, "libcurl cannot be started");
        http_address_deinit(&address);
        return NULL;
    }
    struct http *http = memory_new(1, sizeof(*http));
    http->settings.address = address;
    if (open_polls(http, loop, error) != 0)
        return NULL;
    ignore_sigpipe();
    take_settings(&http->settings, options);
    uv_timer_init(loop, &http->deliver);
    uv_timer_init(loop, &http->sweep);
    http->deliver.data = http;
    http->sweep.data = http;
    http->open = 4;
    return http;
}

static void begin(struct http *http, struct http_exchange *exchange)
{
    if (http_poll_add(poll_of(http, exchange), exchange->easy) != CURLM_OK) {
        exchange->broken = HTTP_BREAK_UNSENDABLE;
        exchange->unsendable = "libcurl does not take it";
        finish(http, exchange, CURLE_FAILED_INIT);
        return;
    }
    if (http->active == NULL) {
        uint64_t tick_ms = http->settings.stall_timeout_ms / SWEEPS_PER_STALL + 1;
        uv_timer_start(&http->sweep, on_sweep, tick_ms, tick_ms);
    }
    DL_APPEND(http->active, exchange);
}

void http_send(struct http *http, struct transfer *transfer, http_callback *callback, void *data)
{
    struct http_exchange *exchange = http_exchange_new(&http->settings, transfer, callback, data);
    http->in_flight++;
    if (http->closing)
        exchange->broken = HTTP_BREAK_SHUTDOWN;
    if (exchange->broken != HTTP_BREAK_NONE)
        finish(http, exchange, CURLE_ABORTED_BY_CALLBACK);
    else
        begin(http, exchange);
}

void http_cancel_all(struct http *http)
{
    while (http->active != NULL)
        break_off(http, http->active, HTTP_BREAK_CANCEL);
}

void http_close(struct http *http, http_closed_callback *closed, void *data)
{
    http->closing = true;
    http->closed = closed;
    http->closed_data = data;
    http_cancel_all(http);
    schedule_delivery(http);
}

size_t http_in_flight(const struct http *http)
{
    return http->in_flight;
}

struct http_counts http_counts(const struct http *http)
{
    return http->counts;
}
