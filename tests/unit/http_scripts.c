// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "http_scripts.h"

static bool answer(const struct http_server_request *request, const char *text)
{
    return http_server_write(request->fd, text);
}

static bool write_for_ever(
    const struct http_server_request *request, const char *head, const char *piece)
{
    for (bool there = answer(request, head); there;)
        there = answer(request, piece);
    return false;
}

static bool fall_silent(const struct http_server_request *request, const char *head)
{
    answer(request, head);
    http_server_wait_for_end(request->fd);
    return false;
}

static bool repeated_only(const struct http_server_request *request)
{
    return request->nth == 1 && answer(request, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
}

// What the server does at which path: answers `text`, and then goes on, closes, falls silent, or
// never ends.
enum then { GO_ON, CLOSE, SILENCE, ENDLESS, ONLY_FIRST };

static const struct script {
    const char *path;
    enum then then;
    const char *text;
} scripts[] = {
    {"/plain", GO_ON,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ndate:  Wed, 25 Nov 2026 10:00:00 GMT \r\n"
        "RETRY-AFTER: 120\r\nRetry-After: 7\r\nX-Request-Id: r-1\r\nDateline: x\r\n"
        "Content-Length: 7\r\n\r\n{\"a\":1}"},
    {"/interim", GO_ON,
        "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"},
    {"/trailer", GO_ON,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nRetry-After: 5\r\n\r\n"},
    {"/nothing", GO_ON, "HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n"},
    {"/redirect", GO_ON, "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 0\r\n\r\n"},
    {"/unavailable", GO_ON,
        "HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nX-Correlation-Id: c\x01-1\r\nContent-Length: 4\r\n\r\nhtml"},
    {"/until-closed", CLOSE, "HTTP/1.1 200 OK\r\n\r\nall of it"},
    {"/close", CLOSE, ""},
    {"/half", CLOSE, "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"id\""},
    {"/half-chunk", CLOSE, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"id\""},
    {"/half-headers", CLOSE, "HTTP/1.1 200 OK\r\nContent-Ty"},
    {"/not-http", CLOSE, "SSH-2.0-OpenSSH_9.2\r\n"},
    {"/silent", SILENCE, ""},
    {"/stream", SILENCE,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "a\r\n{\"made\":1}\r\n9\r\n{\"event\"}\r\n"},
    {"/one-byte", SILENCE, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"},
    {"/endless-body", ENDLESS, "HTTP/1.1 200 OK\r\n\r\n"},
    {"/endless-headers", ENDLESS, "HTTP/1.1 200 OK\r\n"},
    {"/only-first", ONLY_FIRST, ""},
};

static bool run_script(const struct http_server_request *request, const struct script *script)
{
    switch (script->then) {
    case GO_ON:
        return answer(request, script->text);
    case CLOSE:
        answer(request, script->text);
        return false;
    case SILENCE:
        return fall_silent(request, script->text);
    case ENDLESS:
        return write_for_ever(
            request, script->text, "X-Filler: 0123456789abcdefghijklmnopqrstuvwxyz\r\n");
    case ONLY_FIRST:
        return repeated_only(request);
    }
    return false;
}

bool http_scripts_answer(const struct http_server_request *request)
{
    const char *path = strchr(request->text, ' ') + 1;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        size_t length = strlen(scripts[i].path);
        if (strncmp(path, scripts[i].path, length) == 0 && path[length] == ' ')
            return run_script(request, &scripts[i]);
    }
    return answer(request, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}
