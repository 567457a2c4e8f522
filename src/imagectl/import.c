// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl import`: the declaration of an image that is in the cloud already.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/text.h"
#include "imagectl/client.h"
#include "imagectl/cloud.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"
#include "imagectl/images.h"
#include "imagectl/import_text.h"
#include "imagectl/print.h"

// An image may be younger than what the daemon saw last: then it is to look again.
static int fetch(struct client *client, const char *id, struct client_answer *daemon,
    struct client_answer *live, struct error *error)
{
    struct error absent = {0};
    char *path = client_path("/v1/cloud/images/", id, "");
    int result = cloud_await(client, false, daemon, error);
    if (result == 0 && client_get(client, path, NULL, live, &absent) != 0) {
        client_answer_deinit(daemon);
        result = absent.code == ERROR_NOT_FOUND ? cloud_await(client, true, daemon, error) : -1;
        if (absent.code != ERROR_NOT_FOUND)
            *error = absent;
        if (result == 0)
            result = client_get(client, path, NULL, live, error);
        if (result != 0 && error->code == ERROR_NOT_FOUND)
            error_set(error, ERROR_NOT_FOUND, "there is no image %.64s that this account sees", id);
    }
    free(path);
    return result;
}

static int print_import(
    const struct invocation *invocation, const struct import *import, struct error *error)
{
    json_t *declaration = import_declaration(import, error);
    if (declaration == NULL)
        return -1;
    json_t *warnings = import_warnings(import, declaration);
    int status = json_array_size(warnings) > 0 ? STATUS_TO_SEE : STATUS_WELL;
    struct text out = {0};
    if (invocation_output(invocation) == OUTPUT_JSON)
        print_json(json_pack("{s:s, s:O, s:O}", "id", invocation->operands[0], "declaration",
            declaration, "warnings", warnings));
    else
        import_write(import, declaration, warnings, &out);
    print_text(&out);
    // Who sends the file elsewhere is told all the same.
    for (size_t i = 0; i < json_array_size(warnings); i++)
        fprintf(stderr, "imagectl: import: warning: %s\n",
            json_string_value(json_array_get(warnings, i)));
    text_deinit(&out);
    json_decref(warnings);
    json_decref(declaration);
    return status;
}

int import_run(const struct invocation *invocation, struct error *error)
{
    static const struct invocation everything;
    int status = -1;
    struct client_answer daemon = {0};
    struct client_answer live = {0};
    struct images images = {0};
    struct client *client = client_new(invocation->socket, error);
    if (client != NULL && fetch(client, invocation->operands[0], &daemon, &live, error) == 0 &&
        images_fetch(client, &everything, &images, error) == 0) {
        struct import import = {
            .live = live.body,
            .installation = json_string_value(json_object_get(daemon.body, "installation")),
            .rows = &images.rows,
        };
        status = print_import(invocation, &import, error);
    }
    images_deinit(&images);
    client_answer_deinit(&live);
    client_answer_deinit(&daemon);
    client_free(client);
    return status;
}
