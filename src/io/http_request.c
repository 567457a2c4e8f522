// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/memory.h"
#include "core/text.h"
#include "io/http_answer.h"
#include "io/http_request.h"

// Names are resolved again after that, and no connection is kept for longer than its time, so that
// a changed address of the API is used without a restart.
#define NAME_LIFETIME_S        60L
#define CONNECTION_LIFETIME_S  300L
#define CONNECTION_IDLE_S      60L
#define AUTHORITIES_LIFETIME_S 300L
#define KEEPALIVE_AFTER_S      30L
#define KEEPALIVE_INTERVAL_S   10L

bool http_request_is_read(const struct transfer *transfer)
{
    return strcmp(transfer->method, "GET") == 0 || strcmp(transfer->method, "HEAD") == 0;
}

static void wipe_text(char **owned)
{
    if (*owned != NULL)
        explicit_bzero(*owned, strlen(*owned));
    free(*owned);
    *owned = NULL;
}

// What a header's value may hold; a line break in it would begin another header.
static bool is_header_value(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
            return false;
    }
    return true;
}

static int refuse(struct http_exchange *exchange, const char *why)
{
    exchange->broken = HTTP_BREAK_UNSENDABLE;
    exchange->unsendable = why;
    return -1;
}

static void add_header(struct http_exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (longer == NULL)
        abort(); // no memory: as core/memory.h
    exchange->headers = longer;
}

// Both kinds go by the header list, whose bytes can be wiped afterwards: what libcurl copies from
// its own options for passwords and tokens it frees as it is.
static int add_authorization(struct http_exchange *exchange)
{
    const struct transfer *transfer = exchange->transfer;
    CLEANUP(wipe_text) char *line = NULL;
    if (transfer->bearer != NULL) {
        if (!is_header_value(transfer->bearer))
            return refuse(exchange, "the access token holds characters that no token may have");
        line = memory_format(
            "Authorization: %s%s", transfer->bare_token ? "" : "Bearer ", transfer->bearer);
    } else if (transfer->username != NULL) {
        CLEANUP(wipe_text)
        char *plain = memory_format(
            "%s:%s", transfer->username, transfer->password == NULL ? "" : transfer->password);
        CLEANUP(wipe_text) char *encoded = base64_encode(plain, strlen(plain));
        line = memory_format("Authorization: Basic %s", encoded);
    }
    if (line != NULL)
        add_header(exchange, line);
    return 0;
}

static int add_headers(struct http_exchange *exchange)
{
    add_header(exchange, "Accept: application/json");
    add_header(exchange, "Cache-Control: no-cache");
    add_header(exchange, "Expect:");
    if (exchange->transfer->header != NULL)
        add_header(exchange, exchange->transfer->header);
    if (exchange->transfer->content_type != NULL) {
        CLEANUP(memory_free_text)
        char *line = memory_format("Content-Type: %s", exchange->transfer->content_type);
        add_header(exchange, line);
    } else {
        add_header(exchange, "Content-Type:"); // or libcurl takes a body for a form
    }
    return add_authorization(exchange);
}

// Called each time that a connection stands and the request is about to be written to it, be it the
// first time or again: libcurl by itself repeats a request when a reused connection dies before an
// answer came, or an HTTP/2 server refuses the stream. That must not happen to a write; and to a
// read only once, or the rate of requests would be many times what its owner allows. The gate is
// asked here as well, behind all waits: for a name, a connection, TLS.
static int before_request(void *data, char *peer, char *self, int peer_port, int self_port)
{
    (void)peer, (void)self, (void)peer_port, (void)self_port;
    struct http_exchange *exchange = data;
    unsigned allowed = http_request_is_read(exchange->transfer) ? 2 : 1;
    if (exchange->attempts >= allowed) {
        exchange->broken = HTTP_BREAK_REPEAT;
        return CURL_PREREQFUNC_ABORT;
    }
    const struct http_settings *settings = exchange->settings;
    if (settings->may_send != NULL && !settings->may_send(settings->may_send_data)) {
        exchange->broken = HTTP_BREAK_GATE;
        return CURL_PREREQFUNC_ABORT;
    }
    exchange->begun = true;
    exchange->attempts++;
    return CURL_PREREQFUNC_OK;
}

// The options of libcurl are checked one and all; this collects whether one was refused.
#define SET(option, value) (refused |= curl_easy_setopt(exchange->easy, (option), (value)))

static CURLcode set_security(struct http_exchange *exchange)
{
    const struct http_settings *settings = exchange->settings;
    const char *protocol = settings->address.secure ? "https" : "http";
    unsigned refused = 0;
    SET(CURLOPT_PROTOCOLS_STR, protocol);
    SET(CURLOPT_REDIR_PROTOCOLS_STR, protocol);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (settings->ca_file != NULL) {
        SET(CURLOPT_CAINFO, settings->ca_file);
        SET(CURLOPT_CAPATH, NULL); // or the system's authorities are trusted beside it
    }
    if (settings->certificate != NULL)
        SET(CURLOPT_SSLCERT, settings->certificate);
    if (settings->key != NULL)
        SET(CURLOPT_SSLKEY, settings->key);
    if (settings->ca_revokes)
        SET(CURLOPT_CRLFILE, settings->ca_file);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_CA_CACHE_TIMEOUT, AUTHORITIES_LIFETIME_S);
#endif
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!settings->address.secure || settings->direct)
        SET(CURLOPT_PROXY, ""); // loopback in the clear is for this machine only
    else if (settings->proxy != NULL)
        SET(CURLOPT_PROXY, settings->proxy);
    return (CURLcode)refused;
}

static CURLcode set_connection(struct http_exchange *exchange)
{
    const struct http_settings *settings = exchange->settings;
    unsigned refused = 0;
    SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // A name that is still being resolved is given up without waiting for the resolver's thread.
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    SET(CURLOPT_CONNECTTIMEOUT_MS, settings->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, exchange->transfer->timeout_ms > 0
                                ? (long)exchange->transfer->timeout_ms
                                : settings->request_timeout_ms);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, NAME_LIFETIME_S);
    SET(CURLOPT_MAXAGE_CONN, CONNECTION_IDLE_S);
    SET(CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFETIME_S);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, KEEPALIVE_AFTER_S);
    SET(CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    SET(CURLOPT_FRESH_CONNECT, exchange->transfer->fresh_connection ? 1L : 0L);
    SET(CURLOPT_FORBID_REUSE, 0L);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, exchange);
    return (CURLcode)refused;
}

static CURLcode set_method(struct http_exchange *exchange)
{
    const struct transfer *transfer = exchange->transfer;
    unsigned refused = 0;
    // A write has a connection for itself: one request, one fate.
    SET(CURLOPT_HTTP_VERSION,
        (long)(http_request_is_read(transfer) ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    if (strcmp(transfer->method, "HEAD") == 0)
        SET(CURLOPT_NOBODY, 1L);
    else if (strcmp(transfer->method, "GET") == 0)
        SET(CURLOPT_HTTPGET, 1L);
    else
        SET(CURLOPT_CUSTOMREQUEST, transfer->method);
    if (transfer->body != NULL ||
        (!http_request_is_read(transfer) && strcmp(transfer->method, "DELETE") != 0)) {
        SET(CURLOPT_POSTFIELDS, transfer->body == NULL ? "" : transfer->body);
        SET(CURLOPT_POSTFIELDSIZE_LARGE,
            (curl_off_t)(transfer->body == NULL ? 0 : transfer->body_length));
    }
    return (CURLcode)refused;
}

static CURLcode set_request(struct http_exchange *exchange)
{
    const struct http_settings *settings = exchange->settings;
    CLEANUP(memory_free_text)
    char *url = memory_format("%s%s", settings->address.base, exchange->transfer->target);
    unsigned refused = 0;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, settings->user_agent);
    SET(CURLOPT_HTTPHEADER, exchange->headers);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); // the proxy shall not see them
    SET(CURLOPT_ERRORBUFFER, exchange->detail);
    SET(CURLOPT_PRIVATE, exchange);
    SET(CURLOPT_HEADERFUNCTION, http_answer_header);
    SET(CURLOPT_HEADERDATA, exchange);
    SET(CURLOPT_WRITEFUNCTION, http_answer_body);
    SET(CURLOPT_WRITEDATA, exchange);
    return (CURLcode)refused;
}

int http_request_prepare(struct http_exchange *exchange)
{
    const char *target = exchange->transfer->target;
    if (target == NULL || target[0] != '/' || !is_header_value(target))
        return refuse(exchange, "its path is not one that can be requested");
    if (add_headers(exchange) != 0)
        return -1;
    exchange->easy = curl_easy_init();
    if (exchange->easy == NULL)
        return refuse(exchange, "libcurl has no memory for it");
    if (set_security(exchange) != CURLE_OK || set_connection(exchange) != CURLE_OK ||
        set_method(exchange) != CURLE_OK || set_request(exchange) != CURLE_OK) {
        curl_easy_cleanup(exchange->easy);
        exchange->easy = NULL;
        return refuse(exchange,
            "this libcurl lacks an option that imaged needs; install 7.85 or later, "
            "with TLS");
    }
    return 0;
}

void http_request_wipe(struct http_exchange *exchange)
{
    for (struct curl_slist *line = exchange->headers; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
}
