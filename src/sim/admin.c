// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The /_sim endpoints, one row each. Errors are {"error": "a sentence"}.

#include "config.h"

#include "sim/admin.h"
#include "sim/calendar.h"
#include "sim/seed.h"
#include "sim/text.h"

#include <string.h>

#define PREFIX "/_sim"

struct visit {
    const struct sim_admin *admin;
    const char *id; // what follows the row's path
    const json_t *body;
    struct sim_response *response;
};

static void answer_error(struct sim_response *response, int status, const char *message)
{
    sim_response_json(response, status, json_pack("{s:s}", "error", message));
}

static void add_resources(
    const struct sim_admin *admin, enum sim_kind kind, const char *name, struct sim_text *text)
{
    const struct sim_resource *resource = sim_store_first(sim_cloud_store(admin->cloud), kind);
    const char *separator = "";

    sim_text_add(text, name);
    for (; resource != NULL; resource = sim_resource_next(resource)) {
        size_t length = 0;
        const char *document = sim_resource_text(resource, admin->now_ms, &length);

        if (document != NULL) {
            sim_text_add(text, separator);
            sim_text_append(text, document, length);
            separator = ",";
        }
    }
}

// All there is, what the API hides included.
static void show_cloud(const struct visit *visit)
{
    struct sim_text text = {0};
    size_t length;

    add_resources(visit->admin, SIM_IMAGE, "{\"images\":[", &text);
    add_resources(visit->admin, SIM_SNAPSHOT, "],\"snapshots\":[", &text);
    add_resources(visit->admin, SIM_VM, "],\"vms\":[", &text);
    sim_text_add(&text, "]}");
    length = text.length;
    sim_response_bytes(visit->response, 200, sim_text_take(&text), length);
    sim_response_header(visit->response, "Content-Type", "application/json; charset=utf-8");
}

static void show_requests(const struct visit *visit)
{
    sim_response_json(visit->response, 200, sim_journal_document(visit->admin->journal));
}

static void clear_requests(const struct visit *visit)
{
    sim_journal_clear(visit->admin->journal);
    sim_response_nothing(visit->response);
}

static void show_faults(const struct visit *visit)
{
    sim_response_json(visit->response, 200, sim_faults_document(visit->admin->faults));
}

static void set_faults(const struct visit *visit)
{
    struct sim_error error;

    if (sim_faults_set(visit->admin->faults, visit->body, &error) != 0) {
        answer_error(visit->response, 400, error.message);
    } else {
        show_faults(visit);
    }
}

static void show_resource(
    const struct visit *visit, int status, const struct sim_resource *resource)
{
    sim_response_json(
        visit->response, status, sim_resource_document(resource, visit->admin->now_ms));
}

static void add_resource(const struct visit *visit, enum sim_kind kind)
{
    const struct sim_admin *admin = visit->admin;
    const struct sim_resource *resource;
    struct sim_error error;

    if (sim_seed_check(kind, visit->body, &error) != 0) {
        answer_error(visit->response, 400, error.message);
        return;
    }
    resource = sim_seed_add(admin->cloud, kind, visit->body, admin->now_ms, admin->now_ms, &error);
    if (resource == NULL) {
        answer_error(visit->response, 409, error.message);
    } else {
        show_resource(visit, 201, resource);
    }
}

static void add_image(const struct visit *visit)
{
    add_resource(visit, SIM_IMAGE);
}

static void add_snapshot(const struct visit *visit)
{
    add_resource(visit, SIM_SNAPSHOT);
}

static void add_vm(const struct visit *visit)
{
    add_resource(visit, SIM_VM);
}

// The living resource of the visit's id; NULL and an answer when there is none.
static struct sim_resource *find_resource(const struct visit *visit, enum sim_kind kind)
{
    struct sim_resource *resource = sim_store_find(
        sim_cloud_store(visit->admin->cloud), kind, visit->id);
    size_t ignored;

    if (resource == NULL || sim_resource_text(resource, visit->admin->now_ms, &ignored) == NULL) {
        answer_error(visit->response, 404, "there is none of this id");
        return NULL;
    }
    return resource;
}

static void patch_resource(const struct visit *visit, enum sim_kind kind)
{
    const struct sim_admin *admin = visit->admin;
    struct sim_resource *resource = find_resource(visit, kind);
    struct sim_error error;

    if (resource == NULL) {
        return;
    }
    if (sim_seed_patch(admin->cloud, resource, visit->body, admin->now_ms, &error) != 0) {
        answer_error(visit->response, 400, error.message);
    } else {
        show_resource(visit, 200, resource);
    }
}

static void remove_resource(const struct visit *visit, enum sim_kind kind)
{
    struct sim_resource *resource = find_resource(visit, kind);

    if (resource != NULL) {
        sim_store_remove(sim_cloud_store(visit->admin->cloud), resource, visit->admin->now_ms);
        sim_response_nothing(visit->response);
    }
}

static void patch_image(const struct visit *visit)
{
    patch_resource(visit, SIM_IMAGE);
}

static void remove_image(const struct visit *visit)
{
    remove_resource(visit, SIM_IMAGE);
}

static void patch_snapshot(const struct visit *visit)
{
    patch_resource(visit, SIM_SNAPSHOT);
}

static void remove_snapshot(const struct visit *visit)
{
    remove_resource(visit, SIM_SNAPSHOT);
}

static void patch_vm(const struct visit *visit)
{
    patch_resource(visit, SIM_VM);
}

static void remove_vm(const struct visit *visit)
{
    remove_resource(visit, SIM_VM);
}

static void revoke_tokens(const struct visit *visit)
{
    sim_tokens_revoke_all(visit->admin->tokens);
    sim_response_nothing(visit->response);
}

static void set_credentials(const struct visit *visit)
{
    const char *id = json_string_value(json_object_get(visit->body, "client_id"));
    const char *secret = json_string_value(json_object_get(visit->body, "client_secret"));

    if (id == NULL || secret == NULL || json_object_size(visit->body) != 2) {
        answer_error(visit->response, 400, "needs client_id and client_secret");
        return;
    }
    sim_api_set_client(visit->admin->api, id, secret);
    sim_response_nothing(visit->response);
}

static void answer_time(const struct visit *visit, int64_t now_ms)
{
    sim_response_json(visit->response, 200, json_pack("{s:f}", "time", (double)now_ms / 1000.0));
}

static void show_time(const struct visit *visit)
{
    answer_time(visit, visit->admin->now_ms);
}

static void advance_time(const struct visit *visit)
{
    const char *advance = json_string_value(json_object_get(visit->body, "advance"));
    int64_t advance_ms;

    if (advance == NULL || json_object_size(visit->body) != 1 ||
        sim_calendar_duration(advance, &advance_ms) != 0) {
        answer_error(visit->response, 400, "needs a duration, {\"advance\": \"1h\"}");
        return;
    }
    *visit->admin->offset_ms += advance_ms;
    answer_time(visit, visit->admin->now_ms + advance_ms);
}

static const struct row {
    const char *method;
    const char *path; // one that ends in a slash goes on with an id
    bool has_body;
    void (*handle)(const struct visit *visit);
} rows[] = {
    {"GET", "/cloud", false, show_cloud},
    {"GET", "/requests", false, show_requests},
    {"DELETE", "/requests", false, clear_requests},
    {"GET", "/faults", false, show_faults},
    {"PUT", "/faults", true, set_faults},
    {"POST", "/images", true, add_image},
    {"POST", "/images/", true, patch_image},
    {"DELETE", "/images/", false, remove_image},
    {"POST", "/snapshots", true, add_snapshot},
    {"POST", "/snapshots/", true, patch_snapshot},
    {"DELETE", "/snapshots/", false, remove_snapshot},
    {"POST", "/vms", true, add_vm},
    {"POST", "/vms/", true, patch_vm},
    {"DELETE", "/vms/", false, remove_vm},
    {"POST", "/tokens/revoke", false, revoke_tokens},
    {"PUT", "/credentials", true, set_credentials},
    {"GET", "/time", false, show_time},
    {"POST", "/time", true, advance_time},
};

static bool is_path(const struct row *row, const char *path)
{
    size_t length = strlen(row->path);

    return strncmp(row->path, path, length) == 0 &&
           (row->path[length - 1] == '/' ? path[length] != '\0' : path[length] == '\0');
}

static const struct row *find_row(const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].method, method) == 0 && is_path(&rows[i], path)) {
            return &rows[i];
        }
    }
    return NULL;
}

void sim_admin_answer(const struct sim_admin *admin, const struct sim_request *request,
    const struct sim_target *target, struct sim_response *response)
{
    const char *path = target->path + strlen(PREFIX);
    const struct row *row = find_row(request->method, path);
    struct visit visit = {.admin = admin, .response = response};
    json_t *body = NULL;

    if (row == NULL) {
        answer_error(response, 404, "there is no such thing under /_sim");
        return;
    }
    if (row->has_body) {
        body = json_loadb(
            request->body != NULL ? request->body : "", request->body_length, 0, NULL);
        if (body == NULL) {
            answer_error(response, 400, "the body is not JSON");
            return;
        }
    }
    visit.id = path + strlen(row->path);
    visit.body = body;
    row->handle(&visit);
    json_decref(body);
}
