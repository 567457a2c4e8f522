// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "io/http_explain.h"

// Of a libcurl code there can be two rows: until and since the request began to be sent. Each is a
// sentence around the server's name; `detail`: whether what libcurl itself says adds to it.
enum phase { PHASE_ANY, PHASE_BEFORE, PHASE_SINCE };

static const struct row {
    CURLcode code;
    enum phase phase;
    const char *before;
    const char *after;
    bool detail;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, PHASE_ANY, "the name of ",
        " cannot be resolved: check the host, and whether this machine has a working resolver",
        false},
    {CURLE_COULDNT_RESOLVE_PROXY, PHASE_ANY, "the name of the proxy to ",
        " cannot be resolved: check the setting `proxy`, or HTTPS_PROXY", false},
    {CURLE_COULDNT_CONNECT, PHASE_ANY, "no connection to ",
        ": check host, port, proxy and firewall", true},
    {CURLE_PROXY, PHASE_ANY, "the proxy does not lead to ",
        ": check the setting `proxy`, or HTTPS_PROXY", true},
    {CURLE_OPERATION_TIMEDOUT, PHASE_BEFORE, "no connection to ",
        " within the time limit: check network, proxy and firewall, or raise connect_timeout",
        false},
    {CURLE_OPERATION_TIMEDOUT, PHASE_SINCE, "no complete answer from ", " within request_timeout",
        false},
    {CURLE_PEER_FAILED_VERIFICATION, PHASE_ANY, "the certificate of ",
        " is not accepted: check this machine's clock, that the host is named as in the certificate,"
        " and that ca_file has the server's authority if it is not a public one",
        true},
    {CURLE_SSL_CACERT_BADFILE, PHASE_ANY, "the certificate of ",
        " cannot be checked: ca_file holds no readable PEM certificates", true},
    {CURLE_SSL_CONNECT_ERROR, PHASE_ANY, "TLS could not be set up with ",
        ": it must speak TLS 1.2 or later", true},
    {CURLE_SEND_ERROR, PHASE_BEFORE, "the connection to ", " could not be set up", true},
    {CURLE_RECV_ERROR, PHASE_BEFORE, "the connection to ",
        " could not be set up: if there is a proxy, check that it accepts this host", true},
    {CURLE_SEND_ERROR, PHASE_SINCE, "the connection to ", " broke while sending", true},
    {CURLE_RECV_ERROR, PHASE_SINCE, "the connection to ", " broke before the answer was complete",
        true},
    {CURLE_GOT_NOTHING, PHASE_ANY, "", " closed the connection without an answer", false},
    {CURLE_OK, PHASE_ANY, "", " closed the connection in the middle of the answer's headers",
        false},
    {CURLE_PARTIAL_FILE, PHASE_ANY, "", " closed the connection in the middle of the answer",
        false},
    {CURLE_HTTP2, PHASE_ANY, "", " broke the HTTP/2 connection off", true},
    {CURLE_HTTP2_STREAM, PHASE_ANY, "", " broke the HTTP/2 stream off", true},
    {CURLE_UNSUPPORTED_PROTOCOL, PHASE_SINCE, "", " does not answer in HTTP", true},
    {CURLE_WEIRD_SERVER_REPLY, PHASE_SINCE, "", " does not answer in HTTP", true},
};

static const struct {
    const char *before;
    const char *after;
} breaks[] = {
    [HTTP_BREAK_BODY_LIMIT] = {"the answer of ", " is larger than allowed"},
    [HTTP_BREAK_HEADER_LIMIT] = {"the headers of the answer of ", " are larger than allowed"},
    [HTTP_BREAK_REPEAT] = {"the connection to ",
        " was lost after the request was sent, and it is not sent again by itself"},
    [HTTP_BREAK_STALL] = {"the answer of ", " stopped half-way, and nothing more came"},
    [HTTP_BREAK_GATE] = {"the request to ", " did not leave: this host is not sure that it leads"},
    [HTTP_BREAK_CANCEL] = {"the request to ", " was cancelled"},
    [HTTP_BREAK_SHUTDOWN] = {"no request is sent to ", " any more: imaged is stopping"},
    [HTTP_BREAK_UNSENDABLE] = {"the request to ", " cannot be sent: "},
};

static bool holds(const char *text, const char *secret)
{
    return secret != NULL && secret[0] != '\0' && strstr(text, secret) != NULL;
}

// libcurl's own words, unless they are none. That they never hold a secret is checked all the same.
static void add_detail(struct text *text, const struct http_exchange *exchange, CURLcode code)
{
    const char *detail = exchange->detail[0] != '\0' ? exchange->detail : curl_easy_strerror(code);
    if (holds(detail, exchange->transfer->bearer) || holds(detail, exchange->transfer->password))
        return;
    text_append(text, " (");
    size_t start = text->length;
    text_append(text, detail);
    while (text->length > start && strchr(". \r\n", text->bytes[text->length - 1]) != NULL)
        text->length--;
    for (size_t i = start; i < text->length; i++) {
        if ((unsigned char)text->bytes[i] < ' ' || (unsigned char)text->bytes[i] >= 0x7f)
            text->bytes[i] = ' ';
    }
    text_append(text, ")");
}

static const struct row *find_row(CURLcode code, bool begun)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool fits = rows[i].phase == PHASE_ANY || (rows[i].phase == PHASE_SINCE) == begun;
        if (rows[i].code == code && fits)
            return &rows[i];
    }
    static const struct row unknown = {CURL_LAST, PHASE_ANY, "the request to ", " failed", true};
    return &unknown;
}

char *http_explain(const struct http_exchange *exchange, CURLcode code)
{
    const char *authority = exchange->settings->address.authority;
    struct text text = {0};
    if (exchange->broken != HTTP_BREAK_NONE) {
        text_append(&text, breaks[exchange->broken].before);
        text_append(&text, authority);
        text_append(&text, breaks[exchange->broken].after);
        if (exchange->broken == HTTP_BREAK_UNSENDABLE)
            text_append(&text, exchange->unsendable);
        return text_steal(&text);
    }
    const struct row *row = find_row(code, exchange->begun);
    text_append(&text, row->before);
    text_append(&text, authority);
    text_append(&text, row->after);
    if (row->detail)
        add_detail(&text, exchange, code);
    return text_steal(&text);
}
