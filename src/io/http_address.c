// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "io/http_address.h"

static const char *const proxy_schemes[] = {
    "http", "https", "socks4", "socks4a", "socks5", "socks5h", NULL};

static void url_free(CURLU **url)
{
    curl_url_cleanup(*url);
}

// A part of the URL as memory of ours, or NULL when it has none.
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *theirs = NULL;
    if (curl_url_get(url, part, &theirs, flags) != CURLUE_OK)
        return NULL;
    char *ours = memory_text(theirs);
    curl_free(theirs);
    return ours;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    CLEANUP(memory_free_text) char *value = part_of(url, part, 0);
    return value != NULL;
}

// Names but `localhost` are not trusted to stay what they are.
static bool is_loopback(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1)
        return (ntohl(address.s_addr) >> 24) == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static int check_parts(CURLU *url, bool *secure, struct error *error)
{
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return error_set(error, ERROR_REFUSED,
            "the base URL holds a user or password: give credentials by client_id and "
            "client_secret_file");
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        return error_set(
            error, ERROR_INVALID, "the base URL has a query or fragment: leave it out");
    CLEANUP(memory_free_text) char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    CLEANUP(memory_free_text) char *host = part_of(url, CURLUPART_HOST, 0);
    if (scheme == NULL || host == NULL)
        return error_set(error, ERROR_INVALID, "the base URL names no host");
    *secure = strcasecmp(scheme, "https") == 0;
    if (*secure)
        return 0;
    if (strcasecmp(scheme, "http") != 0)
        return error_set(
            error, ERROR_INVALID, "the base URL begins with %s://, but must with https://", scheme);
    if (!is_loopback(host))
        return error_set(error, ERROR_REFUSED,
            "the base URL is plain http to %s, which would give away the credentials: use https "
            "(plain http is for localhost, 127.0.0.0/8 and [::1] only)",
            host);
    return 0;
}

int http_address_init(struct http_address *address, const char *base_url, struct error *error)
{
    if (base_url == NULL || base_url[0] == '\0')
        return error_set(error, ERROR_INVALID, "there is no base URL");
    CLEANUP(url_free) CURLU *url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, base_url, 0);
    if (code != CURLUE_OK)
        return error_set(error, ERROR_INVALID, "the base URL is not one such as https://host: %s",
            curl_url_strerror(code));
    bool secure = false;
    if (check_parts(url, &secure, error) != 0)
        return -1;
    CLEANUP(memory_free_text) char *host = part_of(url, CURLUPART_HOST, 0);
    CLEANUP(memory_free_text) char *port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    address->base = part_of(url, CURLUPART_URL, 0);
    if (host == NULL || port == NULL || address->base == NULL)
        memory_exhausted(strlen(base_url)); // a URL with a host has all three
    for (size_t end = strlen(address->base); end > 0 && address->base[end - 1] == '/'; end--)
        address->base[end - 1] = '\0';
    address->authority = memory_format("%s:%s", host, port);
    address->secure = secure;
    return 0;
}

void http_address_deinit(struct http_address *address)
{
    free(address->base);
    free(address->authority);
    *address = (struct http_address){0};
}

int http_proxy_check(const char *proxy, struct error *error)
{
    CLEANUP(url_free) CURLU *url = curl_url();
    CURLUcode code = curl_url_set(
        url, CURLUPART_URL, proxy, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK)
        return error_set(error, ERROR_INVALID,
            "the proxy is not a URL such as http://host:port: %s", curl_url_strerror(code));
    CLEANUP(memory_free_text) char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    for (size_t i = 0; proxy_schemes[i] != NULL; i++) {
        if (scheme != NULL && strcasecmp(scheme, proxy_schemes[i]) == 0)
            return 0;
    }
    return error_set(error, ERROR_INVALID,
        "the proxy's URL begins with %s://, but must with http, https, socks4, socks4a, socks5 or "
        "socks5h",
        scheme == NULL ? "" : scheme);
}
