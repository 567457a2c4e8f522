// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include <curl/curl.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "imagectl/client.h"

#define CONNECT_LIMIT_MS   5000L
#define ANSWER_LIMIT_MS    30000L
#define ANSWER_LIMIT_BYTES (256u << 20) // a hundred thousand images are a tenth of it

struct client {
    CURL *curl;
    char *socket;
    char curl_error[CURL_ERROR_SIZE];
    struct text body; // of the answer that is being read
    char *etag;       // likewise
    bool (*stop)(void *data);
    void *stop_data;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct client *client = data;
    if (client->body.length + size * count > ANSWER_LIMIT_BYTES)
        return 0;
    text_append_n(&client->body, bytes, size * count);
    return size * count;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *data)
{
    static const char name[] = "etag:";
    struct client *client = data;
    size_t length = size * count;
    size_t start = sizeof(name) - 1;
    if (length <= start || strncasecmp(bytes, name, start) != 0)
        return length;
    while (start < length && (bytes[start] == ' ' || bytes[start] == '\t'))
        start++;
    size_t end = length;
    while (end > start && (bytes[end - 1] == '\r' || bytes[end - 1] == '\n'))
        end--;
    free(client->etag);
    client->etag = memory_text_n(bytes + start, end - start);
    return length;
}

static int ask_stop(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct client *client = data;
    (void)a, (void)b, (void)c, (void)d;
    return client->stop != NULL && client->stop(client->stop_data);
}

struct client *client_new(const char *socket, struct error *error)
{
    if (strlen(socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
        error_set(error, ERROR_INVALID, "the socket's path is too long for a socket: %s", socket);
        return NULL;
    }
    struct client *client = memory_new(1, sizeof(*client));
    client->socket = memory_text(socket);
    client->curl = curl_easy_init();
    if (client->curl == NULL)
        memory_exhausted(0);
    curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, client->socket);
    curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->curl_error);
    curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(client->curl, CURLOPT_PROXY, ""); // whatever the environment says
    curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, ANSWER_LIMIT_MS);
    curl_easy_setopt(client->curl, CURLOPT_PATH_AS_IS, 1L); // an image may be named ".."
    curl_easy_setopt(client->curl, CURLOPT_USERAGENT, "imagectl/" PACKAGE_VERSION);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, client);
    curl_easy_setopt(client->curl, CURLOPT_XFERINFOFUNCTION, ask_stop);
    curl_easy_setopt(client->curl, CURLOPT_XFERINFODATA, client);
    curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 0L);
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    text_deinit(&client->body);
    free(client->etag);
    free(client->socket);
    free(client);
}

void client_set_stop(struct client *client, bool (*stop)(void *data), void *data)
{
    client->stop = stop;
    client->stop_data = data;
}

char *client_path(const char *before, const char *name, const char *after)
{
    size_t length = strlen(name);
    char *encoded = curl_easy_escape(NULL, name, (int)length);
    if (encoded == NULL)
        memory_exhausted(length);
    char *path = memory_format("%s%s%s", before, encoded, after);
    curl_free(encoded);
    return path;
}

static int fail_to_connect(const struct client *client, int errno_value, struct error *error)
{
    static const struct {
        int errno_value;
        enum error_code code;
        const char *remedy;
    } rows[] = {
        {EACCES, ERROR_REFUSED,
            "the socket is for root and the group imaged: join that group, or use sudo"},
        {EPERM, ERROR_REFUSED,
            "the socket is for root and the group imaged: join that group, or use sudo"},
        {ENOENT, ERROR_UNAVAILABLE,
            "is imaged running (systemctl status imaged), and is this its socket (--socket)?"},
        {ECONNREFUSED, ERROR_UNAVAILABLE,
            "nobody listens there: is imaged running (systemctl status imaged)?"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].errno_value == errno_value)
            return error_set(error, rows[i].code, "%s: %s; %s", client->socket,
                strerror(errno_value), rows[i].remedy);
    return error_set(error, ERROR_UNAVAILABLE,
        "%s: %s; is imaged running (systemctl status imaged)?", client->socket,
        errno_value != 0 ? strerror(errno_value) : client->curl_error);
}

static int explain_failure(struct client *client, CURLcode code, struct error *error)
{
    long errno_value = 0;
    curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &errno_value);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return fail_to_connect(client, (int)errno_value, error);
    case CURLE_OPERATION_TIMEDOUT:
        return error_set(error, ERROR_UNAVAILABLE,
            "%s: imaged took the connection, but does not answer; see `journalctl -u imaged`",
            client->socket);
    case CURLE_ABORTED_BY_CALLBACK:
        return error_set(error, ERROR_BUSY, "interrupted");
    case CURLE_OUT_OF_MEMORY:
        memory_exhausted(0);
    default:
        return error_set(error, ERROR_UNAVAILABLE, "%s: no answer from imaged: %s", client->socket,
            client->curl_error[0] != '\0' ? client->curl_error : curl_easy_strerror(code));
    }
}

static void forget_answer(struct client *client)
{
    text_clear(&client->body);
    free(client->etag);
    client->etag = NULL;
    client->curl_error[0] = '\0';
}

// What the daemon says of a request that it does not carry out (RFC 9457).
static int explain_problem(const struct client *client, long status, struct error *error)
{
    json_t *problem = json_loadb(client->body.bytes, client->body.length, 0, NULL);
    const char *title = json_string_value(json_object_get(problem, "title"));
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    enum error_code code = status == 404                    ? ERROR_NOT_FOUND
                           : status == 401 || status == 403 ? ERROR_REFUSED
                           : status == 503                  ? ERROR_UNAVAILABLE
                                                            : ERROR_INVALID;
    if (detail != NULL && *detail != '\0')
        error_set(error, code, "%s", detail);
    else if (title != NULL && *title != '\0')
        error_set(error, code, "imaged says: %s", title);
    else
        error_set(error, code, "%s: the answer is HTTP %ld, which is not imaged's way; %s",
            client->socket, status, "is this its socket (--socket)?");
    json_decref(problem);
    return -1;
}

static int perform(
    struct client *client, const char *path, const char *header, long *status, struct error *error)
{
    char *url = memory_format("http://imaged%s", path);
    struct curl_slist *headers = header == NULL ? NULL : curl_slist_append(NULL, header);
    forget_answer(client);
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(client->curl);
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    free(url);
    return code == CURLE_OK ? 0 : explain_failure(client, code, error);
}

// An answer to a question.
static int take_answer(
    struct client *client, long status, struct client_answer *answer, struct error *error)
{
    json_error_t fault;
    if (status != 200)
        return explain_problem(client, status, error);
    json_t *body = json_loadb(client->body.bytes, client->body.length, 0, &fault);
    if (!json_is_object(body)) {
        json_decref(body);
        return error_set(error, ERROR_CORRUPT,
            "%s: the answer is no JSON object (%s); is this imaged's socket (--socket)?",
            client->socket, fault.text);
    }
    *answer = (struct client_answer){.changed = true, .body = body, .etag = client->etag};
    client->etag = NULL;
    return 0;
}

int client_get(struct client *client, const char *path, const char *etag,
    struct client_answer *answer, struct error *error)
{
    long status = 0;
    *answer = (struct client_answer){0};
    curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    char *condition = etag == NULL ? NULL : memory_format("If-None-Match: %s", etag);
    int result = perform(client, path, condition, &status, error);
    free(condition);
    if (result != 0)
        return -1;
    long connections = 0;
    curl_easy_getinfo(client->curl, CURLINFO_NUM_CONNECTS, &connections);
    // Over a new connection another daemon may have answered, whose etags mean something else.
    if (status == 304 && connections > 0 && etag != NULL)
        return client_get(client, path, NULL, answer, error);
    if (status == 304)
        return 0;
    return take_answer(client, status, answer, error);
}

int client_ask(struct client *client, const char *path, const json_t *body,
    struct client_answer *answer, struct error *error)
{
    long status = 0;
    *answer = (struct client_answer){0};
    char *dump = json_dumps(body, JSON_COMPACT);
    if (dump == NULL)
        memory_exhausted(0);
    curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(dump));
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, dump);
    int result = perform(client, path, "Content-Type: application/json", &status, error);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
    free(dump);
    return result != 0 ? -1 : take_answer(client, status, answer, error);
}

int client_post(struct client *client, const char *path, struct error *error)
{
    long status = 0;
    curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, "");
    // A write is not sent again by itself when a kept connection turns out to be dead.
    curl_easy_setopt(client->curl, CURLOPT_FRESH_CONNECT, 1L);
    int result = perform(client, path, NULL, &status, error);
    curl_easy_setopt(client->curl, CURLOPT_FRESH_CONNECT, 0L);
    if (result != 0)
        return -1;
    return status >= 200 && status < 300 ? 0 : explain_problem(client, status, error);
}

void client_answer_deinit(struct client_answer *answer)
{
    json_decref(answer->body);
    free(answer->etag);
    *answer = (struct client_answer){0};
}
