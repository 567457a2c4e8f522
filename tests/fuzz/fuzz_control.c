// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any requests to the control API, on its real socket: parts of the input between NULs, each a line
// "METHOD /target" and a body. Behind it are the real routes and the real engine, with a few images
// and a cloud that answers one list. Beside not crashing: each request gets one whole answer, whose
// JSON can be read, and which is no fault of the server; and no command makes the engine ask for a
// write that it has not made durable first, or for the deletion of what is not its own.
#include "config.h"

#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text.h"
#include "imaged/daemon_state.h"
#include "io/control.h"
#include "numspot/answer.h"
#include "fuzz/fuzz.h"

#define REQUEST_LIMIT 4
#define WALL_MS       INT64_C(1795600800000)

static const char declarations[] =
    "name: web\nsource_image_id: ami-0b7df82c\nsource_region_name: cloudgouv-eu-west-1\n---\n"
    "name: db-{digest}\nvm_id: i-b121616e\n---\n"
    "name: waits\nsource_image_id: {declared: web}\nsource_region_name: cloudgouv-eu-west-1\n";

static const char cloud[] =
    "{\"items\":[{\"id\":\"ami-0b7df82c\",\"name\":\"Debian-12\",\"state\":\"available\","
    "\"access\":{\"isPublic\":true},\"creationDate\":\"2026-08-10T08:00:00Z\"},"
    "{\"id\":\"ami-1da964b7\",\"name\":\"web\",\"state\":\"available\"}]}";

static struct daemon fuzzed;
static char socket_path[64];

// ---- A record that forgets

static void forget(
    struct store *store, struct store_batch *batch, store_committed *callback, void *data)
{
    (void)store, (void)callback, (void)data;
    store_batch_free(batch);
}

static void remember_nothing(
    struct store *store, const char *name, size_t limit, store_history_read *callback, void *data)
{
    (void)store;
    REQUIRE(limit >= 1 && limit <= STORE_HISTORY_ROWS);
    struct history_row row = {.name = memory_text(name == NULL ? "web" : name),
        .message = memory_text("made"),
        .state = STATE_AVAILABLE,
        .wall_ms = WALL_MS};
    struct history_row *items[] = {&row};
    struct history_list rows = {.items = items, .count = 1};
    callback(&rows, NULL, data);
    free(row.name);
    free(row.message);
}

static void close_nothing(struct store *store)
{
    (void)store;
}

static const struct store_operations store_operations = {
    .commit = forget, .history = remember_nothing, .close = close_nothing};
static struct store store = {&store_operations};

static void committed(uint64_t serial, const struct error *error, void *data)
{
    (void)serial, (void)error, (void)data;
}

// ---- The engine's turns, in place of daemon.c's

static void answer(const struct request *request)
{
    struct transfer_result result = {.transport = TRANSPORT_LOST};
    if (request->operation == OPERATION_LIST_IMAGES)
        result = (struct transfer_result){.transport = TRANSPORT_ANSWERED,
            .status = 200,
            .content_type = memory_text("application/json"),
            .body = memory_text(cloud),
            .body_length = strlen(cloud)};
    struct answer answer;
    answer_decode(request, &result, WALL_MS, &answer);
    struct event event = {.kind = EVENT_ANSWER, .answer = &answer};
    daemon_handle(&fuzzed, &event);
    answer_deinit(&answer);
    transfer_result_deinit(&result);
}

void daemon_handle(struct daemon *daemon, const struct event *event)
{
    struct effects effects = {0};
    struct instant now = {.monotonic_ms = 1000, .wall_ms = WALL_MS};
    engine_handle(daemon->engine, event, now, &effects);
    if (effects.serial != 0) {
        struct event durable = {.kind = EVENT_COMMITTED, .serial = effects.serial};
        daemon_handle(daemon, &durable);
    }
    for (size_t i = 0; i < effects.count; i++) {
        if (effects.items[i].kind != EFFECT_REQUEST)
            continue;
        const struct request *request = effects.items[i].request;
        REQUIRE(request->operation != OPERATION_DELETE_IMAGE); // none of them is its own
        answer(request);
    }
    effects_deinit(&effects);
}

static void new_engine(void)
{
    struct engine_options options = engine_default_options();
    options.installation = "fuzz";
    fuzzed.engine = engine_new(&options);
    struct record_list records = {0};
    struct event loaded = {.kind = EVENT_LOADED, .loaded = {&records, NULL}};
    daemon_handle(&fuzzed, &loaded);
    record_list_deinit(&records);
    struct declaration_file *file = declaration_file_read(
        "images.yaml", declarations, strlen(declarations));
    struct directory_event read = {
        .complete = true, .present = 1, .changed = &file, .changed_count = 1};
    struct event directory = {.kind = EVENT_DIRECTORY, .directory = &read};
    daemon_handle(&fuzzed, &directory);
    struct event timer = {.kind = EVENT_TIMER};
    daemon_handle(&fuzzed, &timer);
}

static void remove_socket(void)
{
    unlink(socket_path);
}

static void start(void)
{
    if (fuzzed.control != NULL)
        return;
    struct error error = {0};
    snprintf(socket_path, sizeof(socket_path), "/tmp/imaged-fuzz-%d.sock", (int)getpid());
    fuzzed.work = WORK_GOES_ON;
    fuzzed.configuration.mode = memory_text("apply");
    fuzzed.configuration.state.backend = memory_text("sqlite");
    fuzzed.installation = memory_text("fuzz");
    REQUIRE(uv_loop_init(&fuzzed.loop) == 0);
    fuzzed.recorder = recorder_new(&fuzzed.loop, &store, committed, NULL);
    struct control_options options = {.socket_path = socket_path};
    fuzzed.control = control_new(&fuzzed.loop, &options, api_handle, &fuzzed, &error);
    REQUIRE(fuzzed.control != NULL);
    atexit(remove_socket);
}

// ---- Client

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    REQUIRE(client >= 0);
    REQUIRE(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    return client;
}

// What no request line can hold is escaped, or the rest would be another request.
static void append_line(struct text *out, const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    size_t method = space == NULL ? 0 : (size_t)(space - line);
    for (size_t i = 0; i < length; i++) {
        unsigned char character = (unsigned char)line[i];
        if (character > ' ' && character < 0x7f)
            text_append_n(out, line + i, 1);
        else if (i < method || (space != NULL && i == method))
            text_append(out, " ");
        else
            text_format(out, "%%%02X", character);
    }
}

static void compose(struct text *out, const char *part, size_t length)
{
    const char *end = memchr(part, '\n', length);
    size_t line = end == NULL ? length : (size_t)(end - part);
    size_t body = end == NULL ? 0 : length - line - 1;
    append_line(out, part, line);
    text_format(out,
        " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", body);
    text_append_n(out, part + length - body, body);
}

// Both ends are in this thread: the loop turns between what the client writes and reads.
static void exchange(const struct text *request, struct text *answer)
{
    char buffer[4096];
    size_t sent = 0;
    int client = connect_to(socket_path);
    for (int turns = 0; turns < 10000; turns++) {
        if (sent < request->length) {
            ssize_t wrote = send(
                client, request->bytes + sent, request->length - sent, MSG_NOSIGNAL);
            sent += wrote > 0 ? (size_t)wrote : 0;
        }
        uv_run(&fuzzed.loop, UV_RUN_NOWAIT);
        ssize_t got = recv(client, buffer, sizeof(buffer), 0);
        if (got > 0)
            text_append_n(answer, buffer, (size_t)got);
        if (got == 0)
            break;
    }
    close(client);
    uv_run(&fuzzed.loop, UV_RUN_NOWAIT);
}

// The body, out of the pieces that a long one comes in (RFC 9112, 7.1).
static void take_body(const char *from, bool in_chunks, struct text *body)
{
    if (!in_chunks) {
        text_append(body, from);
        return;
    }
    for (;;) {
        char *end = NULL;
        size_t length = strtoul(from, &end, 16);
        REQUIRE(end != from && strncmp(end, "\r\n", 2) == 0);
        if (length == 0)
            return;
        REQUIRE(strlen(end + 2) >= length + 2);
        text_append_n(body, end + 2, length);
        from = end + 2 + length + 2;
    }
}

static void check_answer(const struct text *answer)
{
    const char *text = text_string(answer);
    if (answer->length == 0)
        return; // what libmicrohttpd takes for no HTTP at all
    int status = 0;
    REQUIRE(sscanf(text, "HTTP/1.%*1[01] %d", &status) == 1);
    REQUIRE(status >= 200 && status < 500);
    const char *body = strstr(text, "\r\n\r\n");
    REQUIRE(body != NULL);
    if (strstr(text, "json\r\n") == NULL || body[4] == '\0')
        return;
    struct text whole = {0};
    take_body(body + 4, strstr(text, "Transfer-Encoding: chunked\r\n") != NULL, &whole);
    json_t *json = json_loads(text_string(&whole), 0, NULL);
    REQUIRE(json != NULL);
    json_decref(json);
    text_deinit(&whole);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    start();
    new_engine();
    const char *part = (const char *)bytes;
    for (int i = 0; i < REQUEST_LIMIT && size > 0; i++) {
        const char *end = memchr(part, '\0', size);
        size_t length = end == NULL ? size : (size_t)(end - part);
        struct text request = {0};
        struct text answer = {0};
        compose(&request, part, length);
        exchange(&request, &answer);
        check_answer(&answer);
        text_deinit(&request);
        text_deinit(&answer);
        size -= end == NULL ? size : length + 1;
        part += length + 1;
    }
    engine_free(fuzzed.engine);
    return 0;
}
